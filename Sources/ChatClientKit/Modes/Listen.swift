import CommandLineTool
import Glibc
import JSONText
import ParleyClient

/// Prints the backlog and what follows, and acknowledges what it printed.
final class Listen {
    /// How long the last acknowledgement may take, in milliseconds.
    static let parting = 5_000

    private let session: ClientSession
    private let json: Bool
    private let colour: Bool
    private let count: Int?
    private let seconds: Double?
    private var messages = 0
    /// The highest position that was printed.
    private var printed: Int64 = 0
    private var output = ""

    init(_ settings: ClientSettings, count: Int?, seconds: Double?) throws {
        let credentials = Credentials(settings, user: try settings.requiredUser(), purpose: .device)
        session = try ClientSession(settings, credentials: credentials, feed: true, patience: nil)
        json = settings.json
        colour = settings.output.usesColour(environment: settings.environment)
        self.count = count
        self.seconds = seconds
    }

    /// 0 when all was seen that was asked for, 1 if the time was over before, 3 if it was interrupted.
    func run() throws -> ExitCode {
        let signals = Posix.catchSignals([SIGINT, SIGTERM, SIGHUP])
        let deadline = seconds.map { Posix.now() + Int($0 * 1000) }
        session.start()
        var isInterrupted = false
        while !isComplete, !isInterrupted {
            let (events, readable) = session.runner.next(also: [signals], until: deadline)
            isInterrupted = !readable.isEmpty
            do {
                for event in events { try take(event) }
            } catch {
                // What came before the end is shown, the reason for it included.
                _ = flush()
                throw error
            }
            guard flush() else { return .failed }
            if let deadline, Posix.now() >= deadline { break }
        }
        part()
        if !session.hasOpened { session.settings.errors.write("not logged in before the end\n") }
        if isInterrupted { return .failed }
        return isComplete || count == nil ? .success : .negative
    }

    private var isComplete: Bool { count.map { messages >= $0 } ?? false }

    private func take(_ event: ClientEvent) throws {
        guard case .push(let method, let params, _) = event else { return try session.take(event) }
        if isComplete { return }
        try session.take(event)
        if json {
            output += JSONValue.object(["method": .string(method), "params": .object(params)]).description + "\n"
        } else {
            session.meetGroup(of: params)
            let text = PushText(directory: session.directory, colour: colour, now: Posix.wallClock())
            if let line = text.line(method, params) { output += line + "\n" }
        }
        if method == Wire.Push.message { messages += 1 }
        if let position = params["position"]?.intValue { printed = max(printed, position) }
    }

    /// What is not written is not acknowledged.
    private func flush() -> Bool {
        guard output.isEmpty || session.settings.output.write(output) else { return false }
        output = ""
        if printed > 0 { session.runner.acknowledge(upTo: printed) }
        return true
    }

    /// The last acknowledgement is waited for, so that nothing printed comes again.
    private func part() {
        guard printed > 0 else { return }
        do {
            _ = try session.runner.ask(Wire.Method.ack, ["position": .integer(printed)], within: Listen.parting)
        } catch {
            session.settings.errors.write("what was printed could not be acknowledged: \(error)\n")
        }
    }
}
