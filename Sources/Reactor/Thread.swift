import CEvent
import Glibc

/// A joinable thread of its own, outside the cooperative pool.
struct Thread: Sendable {
    private let handle: pthread_t

    /// Starts a thread that runs `body` once. The kernel shows the first 15 bytes of `name`; `niceness`: see nice(2).
    init(name: String, niceness: Int32 = 0, _ body: @escaping @Sendable () -> Void) {
        let start = unsafe Unmanaged.passRetained(Start(name: name, niceness: niceness, body: body)).toOpaque()
        var handle = pthread_t()
        let code = unsafe pthread_create(&handle, nil, runStart, start)
        precondition(code == 0, "cannot start thread \(name): error \(code)")
        self.handle = handle
    }

    /// Waits until the thread has ended. At most one call.
    func join() {
        let code = pthread_join(handle, nil)
        precondition(code == 0, "cannot join a thread: error \(code)")
    }

    /// The calling thread, as a number that no other living thread has; never 0.
    static var current: UInt { UInt(cevent_current_thread()) }
}

private final class Start {
    let name: String
    let niceness: Int32
    let body: @Sendable () -> Void

    init(name: String, niceness: Int32, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.niceness = niceness
        self.body = body
    }
}

private func runStart(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    let start = unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
    unsafe cevent_name_thread(start.name)
    // Linux means the calling thread alone. One that is nicer already stays so.
    let which = __priority_which_t(PRIO_PROCESS.rawValue)
    if start.niceness > getpriority(which, 0) { _ = setpriority(which, 0, start.niceness) }
    start.body()
    return nil
}

/// A counting semaphore, which threads wait on. Any thread.
@safe final class Semaphore: @unchecked Sendable {
    // It must not move in memory, so it is a separate allocation.
    private let pointer = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() {
        unsafe sem_init(pointer, 0, 0)
    }

    deinit {
        unsafe sem_destroy(pointer)
        unsafe pointer.deallocate()
    }

    func signal() {
        unsafe sem_post(pointer)
    }

    func wait() {
        while unsafe sem_wait(pointer) != 0 {}
    }
}
