import ChatProjections
import EventLogPostgres
import Foundation
import JSONText
import LogArchive

/// A recorded log with the tables that belong to it: a folder with `log.jsonl` (or `log.jsonl.zst`), and in `tables` a
/// file for each table, one row a line.
struct GoldenLog {
    let folder: URL

    var name: String { folder.lastPathComponent }

    /// The recorded logs of a folder, by name.
    static func all(in directory: String) -> [GoldenLog] {
        let root = URL(fileURLWithPath: directory)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
        return names.sorted().map { GoldenLog(folder: root.appendingPathComponent($0)) }.filter { $0.logPath != nil }
    }

    /// One log of a folder, which need not be there yet.
    static func named(_ name: String, in directory: String) -> GoldenLog {
        GoldenLog(folder: URL(fileURLWithPath: directory).appendingPathComponent(name))
    }

    /// Where the log is.
    var logPath: String? {
        ["log.jsonl", "log.jsonl.zst"].map { folder.appendingPathComponent($0).path }
            .first { FileManager.default.fileExists(atPath: $0) }
    }

    private var tables: URL { folder.appendingPathComponent("tables") }

    // MARK: Reading

    /// The lines of the log, proven.
    func lines() async throws -> [ArchiveLine] {
        let source = try ArchiveSource(logPath ?? "")
        defer { source.close() }
        var reader = ArchiveReader()
        var lines: [ArchiveLine] = []
        while let bytes = try await source.next() { lines += try reader.take(bytes) }
        try reader.finish()
        return lines
    }

    /// The names of the recorded tables.
    func tableNames() -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: tables.path)) ?? []
        return files.filter { $0.hasSuffix(Self.suffix) }.map { String($0.dropLast(Self.suffix.count)) }.sorted()
    }

    /// The recorded rows of a table; nil if there are none.
    func rows(of table: String) throws -> [JSONObject]? {
        guard let data = FileManager.default.contents(atPath: file(table).path) else { return nil }
        return try data.split(separator: UInt8(ascii: "\n")).map { line in
            guard let row = try JSONValue.parse(Array(line)).objectValue else {
                throw ArchiveFile.failure("read", file(table).path)
            }
            return row
        }
    }

    // MARK: Writing

    /// Makes the folders, empty.
    func prepare() throws {
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: tables, withIntermediateDirectories: true)
    }

    /// Where a log is written to.
    var newLogPath: String { folder.appendingPathComponent("log.jsonl").path }

    /// Puts these in the place of all recorded ones.
    func replaceTables(_ rows: [TableRows]) throws {
        try FileManager.default.removeItem(at: tables)
        try FileManager.default.createDirectory(at: tables, withIntermediateDirectories: true)
        for table in rows { try write(table) }
    }

    func write(_ table: TableRows) throws {
        let lines = table.rows.map { JSONValue.object(GoldenRow.object(table.table, $0)).description + "\n" }
        try Data(lines.joined().utf8).write(to: file(table.table.name))
    }

    private static let suffix = ".jsonl"

    private func file(_ table: String) -> URL { tables.appendingPathComponent(table + Self.suffix) }
}

/// A row of a table as it is recorded.
enum GoldenRow {
    static func object(_ table: TableSpec, _ row: [ColumnValue]) -> JSONObject {
        JSONObject(zip(table.columns, row).map { ($0.name, value($1)) })
    }

    /// The key's columns.
    static func key(_ table: TableSpec, _ row: JSONObject) -> JSONObject {
        JSONObject(table.keyColumns.map { table.columns[$0].name }.map { ($0, row[$0] ?? .null) })
    }

    private static func value(_ value: ColumnValue) -> JSONValue {
        switch value {
        case .null: .null
        case .integer(let number): .integer(number)
        case .boolean(let truth): .bool(truth)
        case .text, .time: .string(value.sqlText ?? "")
        case .integers(let numbers): .array(numbers.map { .integer(Int64($0)) })
        }
    }
}
