import CommandLineTool
import JSONText
import ParleyClient

/// Sends standard input, a message a line, in order and a bounded number at a time. Empty lines are skipped.
final class MessagePipe {
    /// Messages that may be unanswered.
    static let window = 64

    private let session: ClientSession
    private let method: String
    private let params: JSONObject
    private var input = InputLines()
    private var lines: ArraySlice<(number: Int, line: InputLines.Line)> = []
    private var isEnded = false
    private var read = 0
    private var unanswered: [Int: Int] = [:]
    /// Answers by line, until those before have theirs.
    private var answers: [Int: Result<JSONValue, Refusal>] = [:]
    private var order: ArraySlice<Int> = []
    private var refusals = 0

    init(session: ClientSession, method: String, params: JSONObject) {
        self.session = session
        self.method = method
        self.params = params
    }

    /// Ends when every line has its answer: 1 if one was refused.
    func run() throws -> ExitCode {
        while !(isEnded && lines.isEmpty && unanswered.isEmpty) {
            submit()
            let wantsInput = !isEnded && lines.isEmpty
            let (events, readable) = session.runner.next(also: wantsInput ? [session.settings.input] : [])
            if !readable.isEmpty { takeInput() }
            for event in events { try take(event) }
            guard show() else { return .failed }
        }
        return refusals == 0 ? .success : .negative
    }

    private func takeInput() {
        guard let bytes = Posix.read(session.settings.input) else { return }
        isEnded = bytes.isEmpty
        let found = isEnded ? input.end().map { [$0] } ?? [] : input.take(bytes)
        for line in found {
            read += 1
            if line != .text("") { lines.append((read, line)) }
        }
    }

    private func submit() {
        while unanswered.count < MessagePipe.window, let (number, line) = lines.popFirst() {
            order.append(number)
            guard case .text(let text) = line else {
                let message = "line \(number) is too long or no UTF-8"
                answers[number] = .failure(Refusal(code: -32602, reason: "bad_parameters", message: message))
                continue
            }
            var params = params
            params["text"] = .string(text)
            params["key"] = .string(CommandKey.make())
            if let tag = session.runner.submit(method, .object(params), retry: .underItsKey) {
                unanswered[tag] = number
            }
        }
    }

    private func take(_ event: ClientEvent) throws {
        switch event {
        case .reply(let tag, let result):
            if let number = unanswered.removeValue(forKey: tag) { answers[number] = .success(result) }
        case .refused(let tag, let refusal):
            guard let number = unanswered.removeValue(forKey: tag) else { return }
            answers[number] = .failure(refusal)
            // Who may not write to this recipient may not with the next line either.
            if (401...404).contains(refusal.code) || refusal.code == 422 {
                lines = []
                isEnded = true
            }
        default:
            try session.take(event)
        }
    }

    /// Shows the answers in the order of the lines; false if nobody reads them.
    private func show() -> Bool {
        var output = ""
        while let number = order.first, let answer = answers.removeValue(forKey: number) {
            order = order.dropFirst()
            switch answer {
            case .success(let result):
                let text = ResultText(directory: session.directory, colour: false, now: Posix.wallClock())
                output += session.settings.json ? result.description : text.lines(method, result).joined()
                output += "\n"
            case .failure(let refusal):
                refusals += 1
                session.settings.errors.write(DisplayText.printable("\(refusal)") + " (line \(number))\n")
            }
        }
        return output.isEmpty || session.settings.output.write(output)
    }
}
