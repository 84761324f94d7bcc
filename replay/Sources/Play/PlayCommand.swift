import ChatApplication
import ChatDomain
import CommandLineTool
import EventLogPostgres
import LogAccess

/// `chat-replay play`.
struct PlayCommand: ReplayCommand {
    static let declaration = Command(
        "play", "show the log as a chat transcript, in its own time",
        options: [
            ArchiveOption.option,
            .integer("from", "P", in: 1...Int.max, default: 1, help: "begin at this position"),
            .integer("to", "P", in: 0...Int.max, help: "end behind this position (default: the log's head)"),
            .number(
                "speed", "N", in: 0...1e9, default: 1,
                help: "so many times as fast as it was; 0: at once. No pause is longer than \(PlayLimits.pauseText)"),
            .text(
                "conversation", "C",
                help: "only this one: direct:A:B or group:G, by ids or by names (default: everything)"),
            .flag("follow", help: "go on with what comes, until interrupted"),
        ])

    private let after: Position
    private let last: Position
    private let speed: Double
    private let conversation: String?
    private let follows: Bool

    init(_ invocation: Invocation) throws(UsageError) {
        after = Position(Int64(invocation.integer("from") ?? 1) - 1)
        last = Position(invocation.integer("to").map { Int64($0) } ?? .max)
        speed = invocation.number("speed") ?? 1
        conversation = invocation.text("conversation")
        follows = invocation.flag("follow")
        if let conversation { try ConversationArgument.check(conversation) }
    }

    /// A reader that goes away and an interruption are how a transcript ends.
    func run(_ database: LogAccess) async throws -> ExitCode {
        do {
            var streams: [StreamName]?
            if let conversation {
                streams = PlayedEvents.streams(of: try await ConversationArgument.resolve(conversation, database))
            }
            try await play(PlayedEvents(database.log, after: after, streams: streams), database)
        } catch {
            guard Task.isCancelled || error is CancellationError else { throw error }
        }
        return .success
    }

    private func play(_ played: PlayedEvents, _ database: LogAccess) async throws {
        let output = StandardStream.output
        let transcript = Transcript(database, output)
        var pace = PlayPace(speed: speed)
        while true {
            let head = min(last, try await database.log.head())
            while let page = try await played.next(upTo: head) {
                for event in try await transcript.decode(page) {
                    guard let line = try await transcript.line(of: event) else { continue }
                    let note = try await pace.wait(for: event.recordedAt)
                    guard output.write(transcript.text(of: line, note: note)) else { return }
                }
            }
            guard follows, head < last else { return }
            pace.isLive = true
            try await Task.sleep(for: PlayLimits.poll)
        }
    }
}

/// Bounds of `play`.
enum PlayLimits {
    /// No pause of the log is waited out longer; the transcript says how long it was.
    static let longestPause = Duration.seconds(3)
    static let pauseText = "3 s"
    /// Between two looks at the log's end.
    static let poll = Duration.milliseconds(250)
    /// Events read at once, of the log or of each stream.
    static let page = 500
    /// Users, and groups, whose names are remembered; then it starts over.
    static let names = 50_000
}

/// How long to wait between two lines.
struct PlayPace {
    let speed: Double
    /// Whether the log's end was reached: what comes from then on comes in its own time.
    var isLive = false
    private var lastTime: Int64?

    init(speed: Double) { self.speed = speed }

    /// Waits until an event is due; gives the length of a pause that was shortened, in microseconds.
    mutating func wait(for time: Int64) async throws -> Int64? {
        defer { lastTime = time }
        guard let lastTime, !isLive, speed > 0, time > lastTime else { return nil }
        let pause = Duration.seconds(Double(time - lastTime) / 1e6 / speed)
        try await Task.sleep(for: min(pause, PlayLimits.longestPause))
        return pause > PlayLimits.longestPause ? time - lastTime : nil
    }
}
