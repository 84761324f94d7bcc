import Glibc

/// A value behind a mutex.
///
/// Backed by `pthread_mutex_t`: the standard library's mutex is a priority-inheritance futex on Linux, which is much
/// slower under contention. Sections must be tiny: never resume a continuation or call out inside one.
@safe package final class Lock<Value: Sendable>: @unchecked Sendable {
    // A mutex must not move in memory, so it is a separate allocation.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    /// Makes an unlocked lock around `value`.
    package init(_ value: Value) {
        self.value = value
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe pthread_mutex_init(mutex, nil)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// Runs `body` with exclusive access to the value. Not recursive.
    package func withLock<Result, Failure>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
