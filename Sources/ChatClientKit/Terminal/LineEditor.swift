import CEdit
import CommandLineTool
import Glibc

/// Line editing on the process's terminal: libedit keeps the line and the history and knows the keys, ``LineDrawing``
/// shows the line. Every call into that library is in this file. Incoming text is printed above the line being typed,
/// which is drawn anew below it. One for a process, owned by one thread.
@safe final class LineEditor {
    /// What a key has led to.
    enum Outcome {
        case goesOn
        /// The line was entered; the editor is released until ``engage(typed:)``.
        case entered(String)
        /// Something shall be completed at the cursor.
        case completion
        /// Ctrl-D on an empty line, or the terminal is gone.
        case end
    }

    /// Lines that are remembered.
    static let remembered = 1000

    // Reason: libedit's state, made in init, freed in deinit, never handed out.
    private let editor: UnsafeMutablePointer<cedit_editor>
    private let screen = StandardStream.output
    private var prompt: String
    private var drawing = LineDrawing()
    private(set) var isEngaged = false

    /// Nil if there is no terminal to edit on.
    init?(program: String, prompt: String, history: [String]) {
        guard let editor = unsafe cedit_open(program, Int32(LineEditor.remembered)) else { return nil }
        unsafe self.editor = unsafe editor
        self.prompt = prompt
        for line in history { remember(line) }
        // Reason: the library keeps the reference for calls within those of this object's.
        unsafe cedit_on_wait(
            editor, { unsafe Unmanaged<LineEditor>.fromOpaque($0).takeUnretainedValue().draw() },
            Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        unsafe cedit_close(editor)
    }

    /// Takes the terminal and shows the prompt, with what was typed before.
    func engage(typed: String = "") {
        guard !isEngaged else { return }
        isEngaged = true
        screen.write(LineEditor.pastesInBrackets)
        unsafe cedit_engage(editor, 1)
        if !typed.isEmpty { unsafe cedit_insert(editor, typed) }
        draw()
    }

    /// Gives the terminal back, without a trace of the line; returns what was typed.
    @discardableResult
    func release() -> String {
        guard isEngaged else { return "" }
        let typed = self.typed
        screen.write(drawing.hide(columns: screen.columns))
        disengage()
        return typed.before + typed.after
    }

    func setPrompt(_ prompt: String) {
        self.prompt = prompt
        draw()
    }

    /// Handles one key; there must be one to read.
    func readKey() -> Outcome {
        let last = typed
        let result = unsafe cedit_read_key(editor)
        if unsafe cedit_took_tab(editor) != 0 { return .completion }
        if unsafe cedit_took_clear(editor) != 0 { clearScreen() }
        switch result {
        case 0:
            keepCharactersWhole(since: last)
            draw()
            return .goesOn
        case 1:
            let line = typed.before + typed.after
            let entered = line.hasSuffix("\n") || line.hasSuffix("\r") ? String(line.dropLast()) : line
            leave(entered)
            return .entered(entered)
        default:
            return .end
        }
    }

    /// libedit moves by Unicode scalars, people by characters: a cursor that was moved into one goes on through it.
    private func keepCharactersWhole(since last: (before: String, after: String)) {
        let now = typed
        guard now.before + now.after == last.before + last.after else { return }
        let place = now.before.unicodeScalars.count
        let character = LineDrawing.Line.character(at: place, of: now.before + now.after)
        let isForward = place > last.before.unicodeScalars.count
        unsafe cedit_move(editor, Int32(clamping: (isForward ? character.upperBound : character.lowerBound) - place))
    }

    /// The line on both sides of the cursor.
    var typed: (before: String, after: String) {
        // Reason: both are copies, freed below.
        let before = unsafe cedit_before_cursor(editor)
        let after = unsafe cedit_after_cursor(editor)
        defer {
            unsafe free(before)
            unsafe free(after)
        }
        return (
            unsafe before.map { unsafe String(cString: $0) } ?? "",
            unsafe after.map { unsafe String(cString: $0) } ?? ""
        )
    }

    /// Replaces `count` Unicode scalars before the cursor.
    func replace(_ count: Int, with text: String) {
        unsafe cedit_delete(editor, Int32(clamping: count))
        unsafe cedit_insert(editor, text)
        draw()
    }

    /// Prints lines above the one being typed.
    func printAbove(_ lines: [String]) {
        screen.write(drawing.hide(columns: screen.columns) + lines.map { $0 + "\r\n" }.joined())
        draw()
    }

    /// Gives the line being typed up, leaving it on the screen, and shows a new prompt.
    func abandonLine() {
        guard isEngaged else { return }
        leave(typed.before + typed.after + "^C")
        engage()
    }

    /// Ends the line, which stays on the screen.
    private func leave(_ text: String) {
        let line = LineDrawing.Line(prompt: prompt, before: text, after: "")
        screen.write(drawing.leave(line, columns: screen.columns))
        disengage()
    }

    private func disengage() {
        isEngaged = false
        unsafe cedit_engage(editor, 0)
        screen.write(LineEditor.pastesPlainly)
    }

    /// The terminal is to say where a paste begins and ends (xterm control sequences, bracketed paste mode).
    private static let pastesInBrackets = "\u{1B}[?2004h"
    private static let pastesPlainly = "\u{1B}[?2004l"

    /// The terminal has another size.
    func resized() { draw() }

    func remember(_ line: String) {
        unsafe cedit_remember(editor, line)
    }

    private func clearScreen() {
        screen.write(LineEditor.emptyScreen)
        drawing.forget()
    }

    /// Cursor to the upper left, and everything erased (ECMA-48).
    private static let emptyScreen = "\u{1B}[H\u{1B}[2J"

    private func draw() {
        guard isEngaged else { return }
        let typed = self.typed
        let line = LineDrawing.Line(prompt: prompt, before: typed.before, after: typed.after)
        screen.write(drawing.draw(line, columns: screen.columns))
    }
}
