/// A clock that never goes back, for deadlines.
package enum MonotonicClock {
    /// In milliseconds, from an arbitrary beginning.
    package static func now() -> Int { Sockets.now() }
}
