import Foundation

/// Where a password comes from: never from an option's value.
public enum Password {
    /// The password from the environment variable, else from the first line of the file, else asked for on the
    /// terminal. Throws a usage error that names the ways if there is none of them.
    public static func find(
        variable: String, file: String?, question: String,
        environment: [String: String] = Environment.variables,
        ask: (String) -> String? = PasswordPrompt.ask
    ) throws(UsageError) -> String {
        if let file {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw UsageError("--password-file: \(DisplayText.printable(file)) cannot be read")
            }
            let line = data.prefix { $0 != UInt8(ascii: "\n") }
            let text = String(decoding: line, as: UTF8.self)
            return text.hasSuffix("\r") ? String(text.dropLast()) : text
        }
        if let password = environment[variable], !password.isEmpty { return password }
        if let password = ask(question) { return password }
        throw UsageError("a password is needed: \(variable), --password-file, or a terminal to ask on")
    }
}
