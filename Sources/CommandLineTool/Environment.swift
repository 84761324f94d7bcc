import Foundation

/// The process's environment.
public enum Environment {
    /// All variables, by name.
    public static var variables: [String: String] { ProcessInfo.processInfo.environment }
}
