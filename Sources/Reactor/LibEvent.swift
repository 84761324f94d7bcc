import CEvent
import Glibc

// Every call into libevent is made here. A base and its events belong to one thread, and only that thread touches
// them: libevent's own support for threads stays off, because its cross-thread activation can be lost.

/// One `event_base`. Freed when the loop and the last of its events have let go of it.
@safe final class EventBase: @unchecked Sendable {
    fileprivate let pointer: OpaquePointer

    init() {
        guard let pointer = unsafe event_base_new() else { preconditionFailure("libevent gave no event base") }
        unsafe self.pointer = unsafe pointer
    }

    deinit {
        unsafe event_base_free(pointer)
    }

    /// Delivers what is ready; if nothing is and `wait` is set, sleeps until something is.
    func poll(wait: Bool) {
        let code = unsafe event_base_loop(pointer, EVLOOP_ONCE | (wait ? 0 : EVLOOP_NONBLOCK))
        precondition(code >= 0, "libevent's loop failed")
    }
}

/// One `struct event`: a descriptor or a timer of one base. It holds itself until `destroy()`.
@safe final class BaseEvent {
    private let base: EventBase
    private var pointer: OpaquePointer?
    private var body: ((Int16) -> Void)?

    /// An event that is not yet added. `descriptor` -1 makes a timer.
    init(_ base: EventBase, descriptor: Int32, events: Int32, _ body: @escaping (Int16) -> Void) {
        self.base = base
        self.body = body
        let context = unsafe Unmanaged.passRetained(self).toOpaque()
        unsafe pointer = unsafe event_new(
            base.pointer, descriptor, Int16(truncatingIfNeeded: events), baseEventFired, context)
        precondition(unsafe pointer != nil, "libevent gave no event")
    }

    func add() {
        guard let pointer = unsafe pointer else { return }
        let code = unsafe event_add(pointer, nil)
        precondition(code == 0, "libevent refused an event: error \(errno)")
    }

    func add(after duration: Duration) {
        guard let pointer = unsafe pointer else { return }
        let (seconds, attoseconds) = max(duration, .zero).components
        // Rounded up, so that a timer is never early by the rounding.
        let microseconds = Int((attoseconds + 999_999_999_999) / 1_000_000_000_000)
        var time = timeval(tv_sec: Int(seconds) + microseconds / 1_000_000, tv_usec: microseconds % 1_000_000)
        let code = unsafe event_add(pointer, &time)
        precondition(code == 0, "libevent refused a timer: error \(errno)")
    }

    func remove() {
        guard let pointer = unsafe pointer else { return }
        unsafe event_del(pointer)
    }

    /// Frees the event; it fires no more. Further calls do nothing.
    func destroy() {
        guard let pointer = unsafe pointer else { return }
        unsafe self.pointer = nil
        unsafe event_free(pointer)
        body = nil
        unsafe Unmanaged.passUnretained(self).release()
    }

    fileprivate func fire(_ events: Int16) {
        body?(events)
    }
}

private func baseEventFired(_: Int32, _ events: Int16, _ context: UnsafeMutableRawPointer?) {
    guard let context = unsafe context else { return }
    // A strong reference over the call, because the body may destroy the event.
    let event = unsafe Unmanaged<BaseEvent>.fromOpaque(context).takeUnretainedValue()
    event.fire(events)
}
