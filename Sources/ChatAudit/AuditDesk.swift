import ChatApplication
import ChatDomain
import CommandLineTool
import EventLogPostgres
import Foundation
import LogAccess
import PostgresClient
import Reactor
import UnicodeText

/// Where an auditor asks: the log, read only, and the journal of what was asked.
struct AuditDesk: Sendable {
    /// The log and what lies beside it, under the role that asks.
    let database: LogAccess
    /// Read-only transactions.
    let access: AuditAccess
    /// The keys, if the role may have them.
    let keys: PostgresKeyStore?
    /// Which command asks.
    private let command: String

    static func open(_ invocation: Invocation, on loop: EventLoop) async throws -> AuditDesk {
        let database = try await LogAccess.open(invocation, program: "chat-audit", requiringSchema: false, on: loop)
        let access = try await AuditAccess(try await database.connect())
        guard try await access.hasSchema() else {
            throw ToolFailure(
                .failed, "the schema is not the one of this program: run chatserver migrate, or use its own chat-audit")
        }
        let known = try await database.knowingArchives(invocation)
        let mayOpen = (try? await database.keys.keys(ids: [])) != nil
        return AuditDesk(
            database: known, access: access, keys: mayOpen ? database.keys : nil, command: invocation.command ?? "")
    }

    var reader: AuditReader { AuditReader(access, keys: keys, archived: database.archived) }

    /// Appends what is asked to the log; where that cannot be, says so.
    func note(_ arguments: [AuditQueried.Argument], address: String? = nil) async throws {
        let by = AuditOrigin(role: access.role, host: HostName.current, account: NSUserName())
        let question = AuditQueried(by: by, command: command, arguments: arguments, address: address)
        let now = Int64(Date().timeIntervalSince1970 * 1e6)
        do {
            try await AuditJournal(log: database.log, keys: database.keys).append(question, now: now)
        } catch {
            try Task.checkCancellation()
            Self.say("that this was asked stands nowhere: role \(access.role) may not append to the log")
        }
    }

    /// A line for the one who asks, beside the answer.
    static func say(_ line: String) {
        StandardStream.error.write("chat-audit: \(DisplayText.printable(line))\n")
    }

    /// Who is meant by a name or a number. Nobody: the question has a negative answer, and is told nevertheless.
    func user(_ text: String) async throws -> UserID {
        let id = Int64(text)
        let found: UserID? =
            text.utf8.contains(0)
            ? nil : try await reader.user(folded: id == nil ? UnicodeText.foldKey(text) : nil, id: id)
        guard let found else {
            try await note([.init("user", "unknown")])
            let hint = id == nil ? "; who is deleted has no name, but a number" : ""
            throw ToolFailure(.negative, "there is no user \(DisplayText.printable(text))\(hint)")
        }
        return found
    }

    /// Waits a little for the projection that tells where to look, and says if the answer takes longer without it.
    func awaitProjection() async throws {
        let deadline = ContinuousClock.now + AuditLimits.patience
        let head = try await reader.progress().head
        while true {
            let behind = head.value - (try await reader.progress().folded.value)
            if behind <= AuditLimits.lag { return }
            guard ContinuousClock.now < deadline else {
                return Self.say(
                    "projection audit is \(behind) events behind: those are read from the log itself, which takes longer"
                )
            }
            try await Task.sleep(for: AuditLimits.poll)
        }
    }
}
