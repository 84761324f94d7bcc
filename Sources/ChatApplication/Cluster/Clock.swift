/// The time, so that tests can make their own.
public protocol Clock: Sendable {
    /// Now, in microseconds since 1970 UTC.
    func now() -> Int64
}
