import ChatProjections

/// The statements that make and remove sets of read tables, and the views that show the live ones.
enum ProjectionSchema {
    /// Makes the tables of a set, without keys and indexes.
    static func createTables(_ projection: any Projection.Type, set: Int) -> [String] {
        projection.tables.flatMap { table in
            let columns = table.columns.map { "\"\($0.name)\" \($0.type.sql)\($0.nullable ? "" : " not null")" }
            return [
                """
                create table \(table.qualified(set)) (\(columns.joined(separator: ", "))) \
                with (fillfactor = \(table.fillfactor))
                """,
                grant("all", on: table.qualified(set), to: "chat_server"),
            ]
        }
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

    /// Removes the tables of a set.
    static func dropTables(_ projection: any Projection.Type, set: Int) -> [String] {
        projection.tables.map { "drop table if exists \($0.qualified(set))" }
    }

    /// Points the views of a projection's tables at a set. If their columns changed, views that read them are dropped:
    /// make all derived views again.
    static func pointViews(_ projection: any Projection.Type, set: Int) -> [String] {
        projection.tables.flatMap { table in
            let query = "select \(table.list(Array(table.columns.indices))) from \(table.qualified(set))"
            return [
                createView("chat_read.\"\(table.name)\"", query),
                grant("select", on: "chat_read.\"\(table.name)\"", to: "chat_server"),
            ]
        }
    }

    /// The views over the tables of all projections, those that others read first.
    static func derivedViews() -> [String] {
        let views = ProjectionCatalog.all.flatMap { $0.views }
        let ordered = views.filter { $0.schema == .chatRead } + views.filter { $0.schema == .chat }
        return ordered.flatMap { view in
            let name = "\(view.schema.rawValue).\"\(view.name)\""
            let reader = view.schema == .chat ? [grant("select", on: name, to: "chat_reader")] : []
            return [createView(name, view.query), grant("select", on: name, to: "chat_server")] + reader
        }
    }

    /// Replaces a view in place where its columns allow it, so that grants and open queries stay.
    private static func createView(_ name: String, _ query: String) -> String {
        """
        do $do$ begin
            execute $view$create or replace view \(name) as \(query)$view$;
        exception when invalid_table_definition then
            drop view \(name) cascade;
            execute $view$create view \(name) as \(query)$view$;
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
