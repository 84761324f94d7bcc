import ChatApplication
import ChatDomain
import CommandLineTool
import EventLogPostgres
import JSONText
import LogAccess
import Reactor

/// `chat-audit erase`.
struct EraseCommand: AuditCommand {
    static let declaration = Command(
        "erase", "delete an account and make what the log holds of the person unreadable; prints a certificate",
        arguments: [Argument("USER")],
        options: [
            .text("reason", "TEXT", help: "why; it stays in the log, readable, so it should name nobody"),
            .flag("texts", help: "the person's messages too"),
            .flag("dry-run", help: "only show what would become unreadable"),
            ArchiveOption.option,
        ])

    private let user: String
    private let reason: String
    private let texts: Bool
    private let isDryRun: Bool
    /// Scalars of a reason.
    private static let longestReason = 500

    init(_ invocation: Invocation) throws(UsageError) {
        user = invocation.arguments[0]
        reason = try invocation.required("reason")
        guard (1...Self.longestReason).contains(reason.unicodeScalars.count) else {
            throw UsageError("--reason takes 1 to \(Self.longestReason) characters")
        }
        texts = invocation.flag("texts")
        isDryRun = invocation.flag("dry-run")
    }

    func run(_ invocation: Invocation, on loop: EventLoop) async throws -> ExitCode {
        let access = try await LogAccess.open(
            invocation, program: "chat-audit", requiringSchema: true, on: loop)
        let user = try await access.user(user)
        let head = try await access.log.head()
        // Beforehand: afterwards nothing tells what could be read.
        let unreadable = try await UnreadableEvents.count(
            of: user, upTo: head, archived: access.archived, access.pool)
        var certificate: JSONObject = ["user": .integer(user.value), "epoch": .string(try await access.log.epoch())]
        if !isDryRun {
            let order = ErasureOrder(by: try await access.origin(), reason: reason)
            certificate["reason"] = .string(reason)
            certificate["by"] = .string("\(order.by.role)@\(order.by.host)")
            let erasure = Erasure(
                log: access.log, single: SingleCommand(log: access.log, keys: access.keys, clock: SystemTime()),
                keys: access.keys)
            let quarters = try await erase(user, order, with: erasure)
            if texts { certificate["quarters"] = .array(quarters.map { .string($0) }) }
            certificate["position"] = .integer(try await access.log.head().value)
        }
        // Their keys are gone all the same; only how many there are is not known.
        if let archived = access.archived, archived.events == nil {
            certificate["uncounted"] = ["first": .integer(archived.first.value), "last": .integer(archived.last.value)]
        }
        certificate["unreadable"] = .array(unreadable.filter { texts || !Self.isText($0) }.map(Self.json))
        StandardStream.output.write("\(JSONValue.object(certificate))\n")
        return .success
    }

    private func erase(
        _ user: UserID, _ order: ErasureOrder, with erasure: Erasure
    ) async throws -> [String] {
        do throws(EventLogError) {
            return try await erasure.erase(user, order, texts: texts)
        } catch {
            if case .refused(let reason) = error { throw ToolFailure(.negative, reason) }
            throw ToolFailure(.failed, "\(error)")
        }
    }

    private static func isText(_ events: UnreadableEvents) -> Bool {
        [EventType.messageSent, .messageEdited].contains { $0.rawValue == events.type }
    }

    private static func json(_ events: UnreadableEvents) -> JSONValue {
        [
            "type": .string(events.type), "events": .integer(events.count), "first": .integer(events.first.value),
            "last": .integer(events.last.value),
        ]
    }
}
