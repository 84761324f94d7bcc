import CEdit
import CommandLineTool
import Glibc

/// Line editing on the process's terminal, by libedit. Every call into that library is in this file. Incoming text is
/// printed above the line being typed, which is drawn anew below it. One for a process, owned by one thread.
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
    /// How wide the terminal was when the line was drawn.
    private var drawnColumns: Int
    private(set) var isEngaged = false

    /// Nil if there is no terminal to edit on.
    init?(program: String, prompt: String, history: [String]) {
        guard let editor = unsafe cedit_open(program, prompt, Int32(LineEditor.remembered)) else { return nil }
        unsafe self.editor = unsafe editor
        self.prompt = prompt
        drawnColumns = screen.columns
        for line in history { remember(line) }
    }

    deinit {
        unsafe cedit_close(editor)
    }

    /// Takes the terminal and shows the prompt, with what was typed before.
    func engage(typed: String = "") {
        guard !isEngaged else { return }
        isEngaged = true
        if screen.columns != drawnColumns { unsafe cedit_resized(editor) }
        drawnColumns = screen.columns
        screen.write(LineEditor.pastesInBrackets)
        unsafe cedit_engage(editor, 1)
        if !typed.isEmpty {
            unsafe cedit_insert(editor, typed)
            hide()
            unsafe cedit_redraw(editor)
        }
    }

    /// Gives the terminal back, without a trace of the line; returns what was typed.
    @discardableResult
    func release() -> String {
        guard isEngaged else { return "" }
        let typed = self.typed
        hide()
        disengage()
        return typed.before + typed.after
    }

    func setPrompt(_ prompt: String) {
        guard prompt != self.prompt else { return }
        if isEngaged { hide() }
        self.prompt = prompt
        unsafe cedit_set_prompt(editor, prompt)
        if isEngaged { unsafe cedit_redraw(editor) }
    }

    /// Handles one key; there must be one to read.
    func readKey() -> Outcome {
        let result = unsafe cedit_read_key(editor)
        if unsafe cedit_took_tab(editor) != 0 { return .completion }
        switch result {
        case 0: return .goesOn
        case 1:
            let line = typed.before + typed.after
            disengage()
            return .entered(line.hasSuffix("\n") || line.hasSuffix("\r") ? String(line.dropLast()) : line)
        default:
            return .end
        }
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
        hide()
        unsafe cedit_delete(editor, Int32(clamping: count))
        unsafe cedit_insert(editor, text)
        unsafe cedit_redraw(editor)
    }

    /// Prints lines above the one being typed.
    func printAbove(_ lines: [String]) {
        let text = lines.map { $0 + "\r\n" }.joined()
        guard isEngaged else {
            screen.write(text)
            return
        }
        hide()
        screen.write(text)
        unsafe cedit_redraw(editor)
    }

    /// Gives the line being typed up, leaving it on the screen, and shows a new prompt.
    func abandonLine() {
        guard isEngaged else { return }
        screen.write("^C\r\n")
        disengage()
        engage()
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
    func resized() {
        guard isEngaged else { return }
        hide()
        unsafe cedit_redraw(editor)
    }

    func remember(_ line: String) {
        unsafe cedit_remember(editor, line)
    }

    /// Clears prompt and line from the screen and leaves the cursor where the prompt began.
    ///
    /// After a change of the width some terminals have broken the rows anew and others have not. The lesser count leaves
    /// a piece of the line standing where it is wrong; the greater one would clear what was said above.
    private func hide() {
        let columns = screen.columns
        let text = prompt + typed.before
        let rows = [columns, drawnColumns].map { LineEditor.rows(of: text, columns: $0) }.min() ?? 0
        if columns != drawnColumns { unsafe cedit_resized(editor) }
        drawnColumns = columns
        screen.write("\r" + (rows > 0 ? "\u{1B}[\(rows)A" : "") + "\u{1B}[J")
    }

    /// How many rows below the first the cursor stands behind this text. A wide character is never split. Counted by
    /// scalars, as libedit does and as terminals do that draw no sequences of emoji as one.
    static func rows(of text: String, columns: Int) -> Int {
        var row = 0
        var column = 0
        for scalar in text.unicodeScalars {
            let width = DisplayText.width(of: String(scalar))
            if column + width > columns {
                row += 1
                column = 0
            }
            column += width
        }
        return column == columns ? row + 1 : row
    }
}
