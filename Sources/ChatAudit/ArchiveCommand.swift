import ChatDomain
import CommandLineTool
import EventLogPostgres
import JSONText
import LogAccess
import LogArchive
import Reactor

/// `chat-audit archive`.
struct ArchiveCommand: AuditCommand {
    static let declaration = Command(
        "archive", "write old partitions of the log to files that prove themselves; with --drop, drop them then",
        arguments: [Argument("DIR")],
        options: [
            .text("before", "TIME|P", help: "whole partitions of which every event is before this time or position"),
            .flag("drop", help: "drop from the database what is in the folder, once it is read back and proven"),
            .flag("unsealed", help: "with --drop: also what no seal is over, and nothing proves later"),
            .flag("dry-run", help: "only show what would be done"),
            .json,
        ])

    private let folder: String
    private let before: AuditRange.Bound
    private let drops: Bool
    private let unsealed: Bool
    private let isDry: Bool
    private let json: Bool

    init(_ invocation: Invocation) throws(UsageError) {
        folder = invocation.arguments[0]
        guard let bound = AuditRange.bound(try invocation.required("before")) else {
            throw UsageError("--before takes a position, a day as 2026-11-20, or a time as 2026-11-20T10:00:00Z")
        }
        before = bound
        drops = invocation.flag("drop")
        unsealed = invocation.flag("unsealed")
        isDry = invocation.flag("dry-run")
        json = invocation.flag("json")
        if unsealed, !drops { throw UsageError("--unsealed is for --drop") }
    }

    func run(_ invocation: Invocation, on loop: EventLoop) async throws -> ExitCode {
        let access = try await LogAccess.open(
            invocation, program: "chat-audit", requiringSchema: true, on: loop)
        let archiving = LogArchiving(try await access.connect(), host: HostName.current)
        do {
            return try await archiving.exclusively { try await archive(archiving, access) }
        } catch let refusal as LogArchiving.Refusal {
            throw ToolFailure(.failed, "\(refusal)")
        } catch let defect as ArchiveDefect {
            throw ToolFailure(.negative, "\(defect); nothing of it was dropped")
        }
    }

    private func archive(_ archiving: LogArchiving, _ access: LogAccess) async throws -> ExitCode {
        let limit: LogArchiving.Limit =
            switch before {
            case .position(let position): .position(Position(position))
            case .time(let time): .time(time)
            }
        let partitions = try await archiving.partitions(below: limit)
        if partitions.isEmpty {
            StandardStream.error.write("chat-audit: no whole partition is before that, and below the log's end\n")
        }
        var isDone = true
        for partition in partitions {
            try Task.checkCancellation()
            let (record, isNew) = try await written(partition, archiving, access)
            guard drops else { continue }
            if let obstacle = try await record == nil ? nil : archiving.obstacle(partition, unsealed: unsealed) {
                show("stays", partition, reason: obstacle)
                // What comes behind it must wait for it.
                isDone = false
                break
            }
            if isDry {
                show("would drop", partition)
            } else if let record {
                if !isNew { try await prove(partition, record, archiving) }
                try await archiving.drop(record, unsealed: unsealed)
                show("dropped", partition, record)
            }
        }
        return isDone ? .success : .negative
    }

    /// The archive of a partition, which is in the folder and in the database's table then; nil if nothing is to be done.
    private func written(
        _ partition: LogArchiving.Partition, _ archiving: LogArchiving, _ access: LogAccess
    ) async throws -> (record: ArchiveRecord?, isNew: Bool) {
        if let record = partition.record, (try? PartitionArchive.open(folder, record)) != nil {
            show("is written", partition, record)
            return (record, false)
        }
        if isDry {
            show("would write", partition)
            return (partition.record, false)
        }
        let progress = ProgressReporter("archive", unit: "events")
        let writer = try PartitionWriter(folder, try await archiving.header(of: partition))
        do {
            var done = 0
            try await access.log.scan(after: partition.first.advanced(by: -1), upTo: partition.last) { events in
                try writer.add(events)
                done += events.count
                progress.update(done, total: partition.count)
            }
            try await archiving.seals(of: partition) { try writer.add($0) }
        } catch {
            writer.abandon()
            throw error
        }
        _ = try writer.finish()
        progress.finish()
        // What counts is what is on the disk: it is read back.
        let archive = try PartitionArchive.open(folder, from: partition.first, to: partition.last)
        let record = ArchiveRecord(
            first: partition.first, last: partition.last, file: ArchiveManifest.name(partition.first, partition.last),
            manifest: archive.digest, root: archive.manifest.root, bytes: archive.manifest.bytes, isDropped: false)
        try await prove(partition, record, archiving)
        try await archiving.record(partition, as: record)
        show("written", partition, record)
        return (record, true)
    }

    private func prove(
        _ partition: LogArchiving.Partition, _ record: ArchiveRecord, _ archiving: LogArchiving
    ) async throws {
        try await archiving.prove(ArchiveFolder(folder, [record]), root: record.root, of: partition)
    }

    private func show(
        _ step: String, _ partition: LogArchiving.Partition, _ record: ArchiveRecord? = nil, reason: String? = nil
    ) {
        ArchiveReport(step: step, first: partition.first, last: partition.last, record: record, reason: reason)
            .write(json: json)
    }
}

/// What was done with a partition, for people and for programs.
struct ArchiveReport {
    let step: String
    let first: Position
    let last: Position
    var record: ArchiveRecord?
    var reason: String?

    func write(json: Bool) {
        if json {
            var object: JSONObject = [
                "step": .string(step), "from": .integer(first.value), "to": .integer(last.value),
            ]
            if let record {
                object["file"] = .string(record.file)
                object["bytes"] = .integer(record.bytes)
                object["manifest"] = .string(record.manifest)
                object["root"] = .string(record.root)
            }
            if let reason { object["reason"] = .string(reason) }
            StandardStream.output.write(JSONValue.object(object).description + "\n")
            return
        }
        var line = "positions \(first) to \(last): \(step)"
        if let record { line += ", \(record.file), \(record.bytes) bytes" }
        if let reason { line += ": \(DisplayText.printable(reason))" }
        StandardStream.output.write(line + "\n")
    }
}

/// `chat-audit restore`.
struct RestoreCommand: AuditCommand {
    static let declaration = Command(
        "restore", "bring the partition that was dropped last back from its archive into the database",
        arguments: [Argument("DIR")], options: [.json])

    private let folder: String
    private let json: Bool

    init(_ invocation: Invocation) {
        folder = invocation.arguments[0]
        json = invocation.flag("json")
    }

    func run(_ invocation: Invocation, on loop: EventLoop) async throws -> ExitCode {
        let access = try await LogAccess.open(
            invocation, program: "chat-audit", requiringSchema: true, on: loop)
        let connection = try await access.connect()
        let archiving = LogArchiving(connection, host: HostName.current)
        do {
            return try await archiving.exclusively {
                guard let record = try await ArchiveRecord.all(connection).last(where: { $0.isDropped }) else {
                    throw ToolFailure(.negative, "all of the log is in the database")
                }
                let progress = ProgressReporter("restore", unit: "events")
                try await archiving.restore(record, events: ArchiveFolder(folder, [record])) {
                    progress.update($0, total: $1)
                }
                progress.finish()
                ArchiveReport(step: "restored", first: record.first, last: record.last, record: record)
                    .write(json: json)
                return .success
            }
        } catch let refusal as LogArchiving.Refusal {
            throw ToolFailure(.failed, "\(refusal)")
        } catch let defect as ArchiveDefect {
            throw ToolFailure(.negative, "\(defect); nothing was restored")
        }
    }
}
