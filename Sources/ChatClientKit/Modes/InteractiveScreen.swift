import CommandLineTool

/// Where the conversation is shown: a terminal with a line being edited, or plain output. Notes and complaints go to
/// standard error in the latter.
final class InteractiveScreen {
    let isTerminal: Bool
    let colour: Bool
    private var editor: LineEditor?
    private let settings: ClientSettings
    private var lastLine = ""
    /// Ctrl-C since the last other key.
    private var interruptions = 0

    init(_ settings: ClientSettings) {
        let kind = settings.environment["TERM"] ?? ""
        isTerminal =
            StandardStream(descriptor: settings.input).isTerminal && settings.output.isTerminal && !kind.isEmpty
            && kind != "dumb"
        colour = isTerminal && settings.output.usesColour(environment: settings.environment)
        self.settings = settings
    }

    func start(prompt: String) {
        guard isTerminal else { return }
        editor = LineEditor(
            program: "chatclient", prompt: prompt, history: settings.state.history(limit: LineEditor.remembered))
        editor?.engage()
    }

    func end() {
        editor?.release()
        editor = nil
    }

    /// Results and pushes.
    func show(_ lines: [String]) {
        if let editor {
            editor.printAbove(lines)
        } else {
            settings.output.write(lines.map { $0 + "\n" }.joined())
        }
    }

    /// What is good to know.
    func note(_ text: String) {
        remark(Colour.dim.paint(DisplayText.printable(text), if: colour))
    }

    /// What went wrong.
    func complain(_ text: String) {
        remark(Colour.red.paint(DisplayText.printable(text), if: colour))
    }

    private func remark(_ text: String) {
        if let editor {
            editor.printAbove([text])
        } else {
            settings.errors.write(text + "\n")
        }
    }

    func setPrompt(_ prompt: String) { editor?.setPrompt(prompt) }
    func resized() { editor?.resized() }

    /// Ctrl-C: once gives the line up, twice in a row leaves; whether that is so.
    func interrupted() -> Bool {
        guard let editor, editor.isEngaged else { return false }
        interruptions += 1
        if interruptions == 1, editor.typed == ("", "") { note("Ctrl-C again leaves") }
        if interruptions > 1 { return true }
        editor.abandonLine()
        return false
    }

    /// Shows a new line to type on, after one was entered.
    func resume() { editor?.engage() }

    /// Stops the process until the shell lets it go on.
    func suspend() {
        let typed = editor?.release() ?? ""
        Posix.stopUntilContinued()
        editor?.engage(typed: typed)
    }

    /// Gives the terminal to something else, such as a question for a password.
    func aside<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard let editor, editor.isEngaged else { return try body() }
        let typed = editor.release()
        defer { editor.engage(typed: typed) }
        return try body()
    }

    /// Handles one key, and completion by itself.
    func readKey(complete: (String) -> Completion?) -> LineEditor.Outcome {
        guard let editor else { return .end }
        interruptions = 0
        let outcome = editor.readKey()
        guard case .completion = outcome, let completion = complete(editor.typed.before) else { return outcome }
        editor.replace(completion.replaced, with: completion.text)
        if completion.choices.count > 1 { list(completion.choices) }
        return .goesOn
    }

    private func list(_ choices: [String]) {
        var shown = choices.prefix(Interactive.mostChoices).map { DisplayText.printable($0) }
        if choices.count > shown.count { shown.append("… and \(choices.count - shown.count) more") }
        editor?.printAbove([Colour.dim.paint(shown.joined(separator: "  "), if: colour)])
    }

    func remember(_ line: String) {
        guard let editor, line != lastLine else { return }
        lastLine = line
        editor.remember(line)
        settings.state.addToHistory(line)
    }

    /// Asks for a line in the terminal's ordinary mode; nil at the end of the input.
    func ask(_ question: String) -> String? {
        settings.output.write(question)
        var input = InputLines()
        while let bytes = Posix.read(settings.input), !bytes.isEmpty {
            if case .text(let line)? = input.take(bytes).first { return line }
        }
        return nil
    }

    /// Who wants to log in; nil for nobody yet.
    func askName() -> String? {
        guard let name = ask("User name (empty for none yet): "), !name.isEmpty else { return nil }
        return name
    }
}
