import ChatProjections

/// The statements that make and remove sets of read tables, and the views that show the live ones.
enum ProjectionSchema {
    /// Makes the tables of a set, without keys and indexes. They belong to the nodes' role where there is one: whoever
    /// rolls out, rebuilds or removes a set must own its tables.
    static func createTables(_ projection: any Projection.Type, set: Int) -> [String] {
        projection.tables.flatMap { table in
            let columns = table.columns.map { "\"\($0.name)\" \($0.type.sql)\($0.nullable ? "" : " not null")" }
            let make = """
                create table \(table.qualified(set)) (\(columns.joined(separator: ", "))) \
                with (fillfactor = \(table.fillfactor))
                """
            return [make, sampling(table, set: set), give(table.qualified(set))].compactMap { $0 }
        }
    }

    /// `analyze` takes 300 rows of a table for each step of its statistics, and every number in them: with hundreds in
    /// a row, the usual hundred steps took seconds. Which numbers are in most rows, a tenth of them tells as well.
    private static func sampling(_ table: TableSpec, set: Int) -> String? {
        guard table.columns.contains(where: { $0.type == .integers }) else { return nil }
        let steps = table.columns.map { "alter column \"\($0.name)\" set statistics 10" }
        return "alter table \(table.qualified(set)) \(steps.joined(separator: ", "))"
    }

    /// Makes keys and indexes, after the tables are filled.
    static func createIndexes(_ projection: any Projection.Type, set: Int) -> [String] {
        projection.tables.flatMap { table in
            ["alter table \(table.qualified(set)) add primary key (\(table.list(table.keyColumns)))"]
                + table.indexes.map { index in
                    let condition = index.condition.map { " where \($0)" } ?? ""
                    let method = index.method.map { "using \($0) " } ?? ""
                    return "create index on \(table.qualified(set)) \(method)(\(index.columns))\(condition)"
                }
        }
    }

    /// Removes the tables of a set, of whatever version.
    static func dropTables(_ projection: any Projection.Type, set: Int) -> [String] {
        let former = projection.formerTables.map { "chat_read.\"\($0)_\(set)\"" }
        return (projection.tables.map { $0.qualified(set) } + former).map { "drop table if exists \($0)" }
    }

    /// Points the views of a projection's tables at a set. If their columns changed, views that read them are dropped:
    /// make all derived views again.
    static func pointViews(_ projection: any Projection.Type, set: Int) -> [String] {
        projection.tables.map { table in
            createView(
                "chat_read.\"\(table.name)\"",
                "select \(table.list(Array(table.columns.indices))) from \(table.qualified(set))",
                readers: [])
        }
    }

    /// The views over the tables of all projections, those that others read first.
    static func derivedViews(_ catalog: [any Projection.Type]) -> [String] {
        let views = catalog.flatMap { $0.views }
        let ordered = views.filter { $0.schema == .chatRead } + views.filter { $0.schema == .chat }
        return ordered.map { view in
            createView(
                "\(view.schema.rawValue).\"\(view.name)\"", view.query,
                readers: view.schema == .chat ? ["chat_server", "chat_reader"] : ["chat_server"])
        }
    }

    /// Replaces a view in place where its columns allow it, so that owner, grants and open queries stay.
    private static func createView(_ name: String, _ query: String, readers: [String]) -> String {
        let settings = ([give(name)] + readers.map { grant("select", on: name, to: $0) }).joined(separator: ";\n")
        return """
            do $turn$ begin
                if to_regclass('\(name)') is not null then
                    begin
                        execute $view$create or replace view \(name) as \(query)$view$;
                        return;
                    exception when invalid_table_definition then
                        drop view \(name) cascade;
                    end;
                end if;
                execute $view$create view \(name) as \(query)$view$;
                execute $settings$\(settings)$settings$;
            end $turn$
            """
    }

    /// Makes the nodes' role the owner, which may replace and remove what it owns.
    private static func give(_ name: String) -> String {
        """
        do $do$ begin
            if exists (select from pg_roles where rolname = 'chat_server') then
                alter table \(name) owner to chat_server;
            end if;
        exception when insufficient_privilege then
            grant all on \(name) to chat_server;
        end $do$
        """
    }

    /// Roles exist only where the migration could make them.
    private static func grant(_ privilege: String, on name: String, to role: String) -> String {
        """
        do $do$ begin
            if exists (select from pg_roles where rolname = '\(role)') then
                grant \(privilege) on \(name) to \(role);
            end if;
        end $do$
        """
    }
}
