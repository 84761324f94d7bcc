import ChatApplication
import ChatDomain
import CommandLineTool
import EventCodec
import EventLogPostgres
import LogAccess

/// Events as lines for people. Nothing in them can act on the terminal.
final class Transcript {
    /// A line without its time.
    struct Line {
        /// Where, and for messages by whom.
        var label: String
        /// Whose colour the label has.
        var person: UserID?
        var body: String
        /// Whether the body is somebody's own text.
        var isText = false
        var time: Int64
    }

    /// An event of the log, opened; nil if it cannot be read.
    struct Played {
        var event: ChatEvent?
        var position: Position
        var version: Int64
        var recordedAt: Int64
    }

    let names: TranscriptNames
    private let keyring: Keyring
    private let colour: Bool
    /// Where texts are broken; nil if nobody sees them on a terminal.
    private let width: Int?
    private var day: String?

    init(_ database: LogAccess, _ output: StandardStream) {
        keyring = Keyring(store: database.keys)
        names = TranscriptNames(database.log, keyring)
        colour = output.usesColour()
        width = output.isTerminal ? output.columns : nil
    }

    /// Opens what is sealed, with keys that are fetched a page at a time.
    func decode(_ page: [RecordedEvent]) async throws -> [Played] {
        try await keyring.fetch(ids: page.compactMap { EventCodec.keyID(of: $0.payload) })
        return page.map { event in
            Played(
                event: try? event.decoded(opener: keyring), position: event.position, version: event.version,
                recordedAt: event.recordedAt)
        }
    }

    /// Nil for what is not worth a line.
    func line(of played: Played) async throws -> Line? {
        guard let event = played.event else {
            return Line(
                label: "", body: note("the event at position \(played.position) cannot be read"),
                time: played.recordedAt)
        }
        let line = try await line(of: event, played)
        names.learn(event, at: played.position)
        return line
    }

    private func line(of event: ChatEvent, _ played: Played) async throws -> Line? {
        if let conversation = event.spokenIn { return try await said(event, in: conversation, played) }
        if let group = event.shownGroup {
            guard let body = try await happening(event, in: group, played) else { return nil }
            let label = try await self.group(group, event, played)
            return Line(label: label, body: body, time: played.recordedAt)
        }
        return try await about(event, played).map { Line(label: "", body: $0, time: played.recordedAt) }
    }
}

// MARK: - The parts

extension Transcript {
    /// The whole line, after the day if that is a new one, and the pause that was shortened.
    func text(of line: Line, note pause: Int64?) -> String {
        var text = ""
        if let pause { text += note("… \(TranscriptTime.length(pause)) later") + "\n" }
        let moment = TranscriptTime(line.time)
        if moment.day != day {
            day = moment.day
            text += note("── \(moment.day) (UTC) ──") + "\n"
        }
        let cut = DisplayText.truncated(line.label, to: TranscriptText.labelColumns)
        let label = paint(DisplayText.padded(cut, to: TranscriptText.labelColumns), line.person)
        return text + note(moment.time) + "  " + label + "  " + broken(line) + "\n"
    }

    /// Lines of a text stand below each other; on a terminal long ones are broken at its width.
    private func broken(_ line: Line) -> String {
        guard line.isText else { return line.body }
        let indent = TranscriptTime.columns + 2 + TranscriptText.labelColumns + 2
        let room = width.map { max(20, $0 - indent) } ?? Int.max
        let lines = line.body.split(separator: "\n", omittingEmptySubsequences: false).flatMap {
            TranscriptText.broken(String($0), at: room)
        }
        return lines.joined(separator: "\n" + String(repeating: " ", count: indent))
    }

    /// A user's name in the user's colour.
    func user(_ user: UserID, _ played: Played) async throws -> String {
        paint(try await plain(user, played), user)
    }

    /// A user's name without colour.
    func plain(_ user: UserID, _ played: Played) async throws -> String {
        try await names.name(of: user, at: played.position).map { DisplayText.printable($0) }
            ?? "(deleted user \(user))"
    }

    /// The group's name; the one that it is being given when it is made.
    func group(_ group: GroupID, _ event: ChatEvent, _ played: Played) async throws -> String {
        if case .groupCreated(let created) = event { return DisplayText.printable(created.name) }
        return try await names.name(of: group, at: played.position).map { DisplayText.printable($0) }
            ?? "group \(group)"
    }

    func note(_ text: String) -> String { Colour.dim.paint(text, if: colour) }

    private func paint(_ text: String, _ person: UserID?) -> String {
        guard let person, colour else { return text }
        return "\u{1B}[38;5;\(TranscriptText.colour(of: person))m\(text)\u{1B}[0m"
    }
}

extension ChatEvent {
    /// The conversation in which something is said, or done to what was said.
    fileprivate var spokenIn: Conversation? {
        if case .messageSent(let sent) = self { return sent.conversation }
        return marked?.conversation
    }
}
