import ChatProjections
import PostgresClient

extension RowStep {
    /// The statement that carries the step out on one set of tables.
    func statement(set: Int) -> SQLStatement {
        switch self {
        case .put(let table, let rows): Self.put(table, set, rows, replacing: true)
        case .insert(let table, let rows): Self.put(table, set, rows, replacing: false)
        case .insertFrom(let table, let filling, let rows): Self.insertFrom(table, set, filling, rows)
        case .delete(let table, let keys): Self.delete(table, set, keys)
        case .patch(let table, let shape, let rows): Self.patch(table, set, shape, rows)
        case .patchWhere(let table, let shape, let rows): Self.patchWhere(table, set, shape, rows)
        case .deleteWhere(let table, let shape, let rows): Self.deleteWhere(table, set, shape, rows)
        case .strip(let table, let column, let matches): Self.strip(table, set, column, matches)
        }
    }

    private static func put(
        _ table: TableSpec, _ set: Int, _ rows: [[ColumnValue]], replacing: Bool
    ) -> SQLStatement {
        let source = RowSource(types: table.columns.map(\.type), rows: rows)
        return SQLStatement(
            """
            insert into \(table.qualified(set)) (\(table.list(Array(table.columns.indices)))) \
            select * from \(source.sql) as v \(onConflict(table, replacing: replacing))
            """, source.parameters)
    }

    private static func onConflict(_ table: TableSpec, replacing: Bool) -> String {
        guard replacing, !table.otherColumns.isEmpty else { return "on conflict do nothing" }
        let assignments = table.otherColumns.map { "\(table.quoted($0)) = excluded.\(table.quoted($0))" }
        return "on conflict (\(table.list(table.keyColumns))) do update set \(assignments.joined(separator: ", "))"
    }

    private static func insertFrom(
        _ table: TableSpec, _ set: Int, _ filling: Filling, _ rows: [FilledRow]
    ) -> SQLStatement {
        let given = table.columns.indices.filter { !filling.filled.contains($0) }
        let keyColumns = filling.source.keyColumns
        let source = RowSource(
            types: given.map { table.columns[$0].type } + keyColumns.map { filling.source.columns[$0].type },
            rows: rows.map { row in given.map { row.row[$0] } + row.source.values })
        let names = given.map { "g\($0)" } + keyColumns.map { "k\($0)" }
        let values =
            given.map { "v.g\($0)" } + filling.filled.map { _ in "s.\(filling.source.quoted(filling.column))" }
        let join = keyColumns.map { "s.\(filling.source.quoted($0)) = v.k\($0)" }.joined(separator: " and ")
        return SQLStatement(
            """
            insert into \(table.qualified(set)) (\(table.list(given + filling.filled))) \
            select \(values.joined(separator: ", ")) from \(source.sql) as v (\(names.joined(separator: ", "))) \
            join \(filling.source.qualified(set)) s on \(join) on conflict do nothing
            """, source.parameters)
    }

    private static func delete(_ table: TableSpec, _ set: Int, _ keys: [RowKey]) -> SQLStatement {
        let source = RowSource(types: table.keyColumns.map { table.columns[$0].type }, rows: keys.map(\.values))
        return SQLStatement(
            """
            delete from \(table.qualified(set)) t using \(source.sql) as v (\(names("k", table.keyColumns))) \
            where \(table.equal(table.keyColumns, "k"))
            """, source.parameters)
    }

    private static func patch(
        _ table: TableSpec, _ set: Int, _ shape: PatchShape, _ rows: [PatchedRow]
    ) -> SQLStatement {
        let source = RowSource(
            types: (table.keyColumns + shape.columns).map { table.columns[$0].type },
            rows: rows.map { $0.key.values + $0.values })
        let assignments = zip(shape.columns, shape.kinds).map { column, kind in
            let name = table.quoted(column)
            return switch kind {
            case .set: "\(name) = v.s\(column)"
            case .add: "\(name) = t.\(name) + v.s\(column)"
            case .raise: "\(name) = greatest(t.\(name), v.s\(column))"
            case .extend: "\(name) = t.\(name) || v.s\(column)"
            // An array that goes on with null, or null with an array, is the array.
            case .gather: "\(name) = case when t.\(name) is not null then t.\(name) || v.s\(column) end"
            case .gatherLast:
                """
                \(name) = case when t.\(name) is not null \
                    then array(select distinct unnest(t.\(name) || v.s\(column)) order by 1) end
                """
            }
        }
        return SQLStatement(
            """
            update \(table.qualified(set)) t set \(assignments.joined(separator: ", ")) \
            from \(source.sql) as v (\(names("k", table.keyColumns)), \(names("s", shape.columns))) \
            where \(table.equal(table.keyColumns, "k"))
            """, source.parameters)
    }

    private static func patchWhere(
        _ table: TableSpec, _ set: Int, _ shape: WhereShape, _ rows: [[ColumnValue]]
    ) -> SQLStatement {
        let source = RowSource(types: (shape.columns + shape.set).map { table.columns[$0].type }, rows: rows)
        let assignments = shape.set.map { "\(table.quoted($0)) = v.s\($0)" }.joined(separator: ", ")
        let columns = [names("m", shape.columns), names("s", shape.set)].filter { !$0.isEmpty }
        return SQLStatement(
            """
            update \(table.qualified(set)) t set \(assignments) \
            from \(source.sql) as v (\(columns.joined(separator: ", "))) where \(condition(table, shape))
            """, source.parameters)
    }

    private static func deleteWhere(
        _ table: TableSpec, _ set: Int, _ shape: WhereShape, _ rows: [[ColumnValue]]
    ) -> SQLStatement {
        let source = RowSource(types: shape.columns.map { table.columns[$0].type }, rows: rows)
        let using = source.sql.isEmpty ? "" : "using \(source.sql) as v (\(names("m", shape.columns))) "
        return SQLStatement(
            "delete from \(table.qualified(set)) t \(using)where \(condition(table, shape))", source.parameters)
    }

    private static func strip(
        _ table: TableSpec, _ set: Int, _ column: Int, _ matches: [RowChanges.EntryMatch]
    ) -> SQLStatement {
        let name = table.quoted(column)
        return SQLStatement(
            """
            update \(table.qualified(set)) t set \(name) = regexp_replace(t.\(name), $1, '', 'g') where t.\(name) ~ $1
            """, [.text(matches.map(\.expression).joined(separator: "|"))])
    }

    private static func condition(_ table: TableSpec, _ shape: WhereShape) -> String {
        let equal = shape.columns.isEmpty ? [] : [table.equal(shape.columns, "m")]
        return (equal + shape.nulls.map { "t.\(table.quoted($0)) is null" }).joined(separator: " and ")
    }

    private static func names(_ prefix: String, _ columns: [Int]) -> String {
        columns.map { "\(prefix)\($0)" }.joined(separator: ", ")
    }
}

extension TableSpec {
    /// The stored table of a set, with its schema.
    func qualified(_ set: Int) -> String { "chat_read.\"\(storedName(set: set))\"" }

    /// A column's name.
    func quoted(_ column: Int) -> String { "\"\(columns[column].name)\"" }

    /// Columns' names with commas between them.
    func list(_ columns: [Int]) -> String { columns.map(quoted).joined(separator: ", ") }

    /// `t."a" = v.k0 and …`.
    func equal(_ columns: [Int], _ prefix: String) -> String {
        columns.map { "t.\(quoted($0)) = v.\(prefix)\($0)" }.joined(separator: " and ")
    }
}
