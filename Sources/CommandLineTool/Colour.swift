/// Colours and weights of the terminal (ECMA-48 select graphic rendition).
public enum Colour: Int, Sendable {
    /// Strong.
    case bold = 1
    /// Unobtrusive.
    case dim = 2
    /// For failures.
    case red = 31
    /// For what is well.
    case green = 32
    /// For what needs attention.
    case yellow = 33
    /// For names.
    case blue = 34
    /// For names.
    case magenta = 35
    /// For names.
    case cyan = 36

    /// `text` in this colour if `isOn`, else `text` as it is.
    public func paint(_ text: String, if isOn: Bool) -> String {
        isOn ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}
