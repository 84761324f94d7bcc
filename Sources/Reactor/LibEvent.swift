import CEvent
import Glibc

// Every call into libevent is made here. A base and its events belong to one thread, and only that thread touches
// them: libevent's own support for threads stays off, because its cross-thread activation can be lost.

/// One `event_base`. Freed when the loop and the last of its events have let go of it.
@safe final class EventBase: @unchecked Sendable {
    let pointer: OpaquePointer

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

    /// A standing event of a descriptor.
    convenience init(
        _ base: EventBase, descriptor: Int32, kind: FileEvents, _ body: @escaping (Int16) -> Void
    ) {
        self.init(base, descriptor: descriptor, events: Int32(kind.rawValue) | EV_PERSIST, body)
    }

    /// A standing event of a signal.
    convenience init(_ base: EventBase, signal number: Int32, _ body: @escaping (Int16) -> Void) {
        self.init(base, descriptor: number, events: EV_SIGNAL | EV_PERSIST, body)
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

/// Bytes on their way to the kernel, over an `evbuffer`.
@safe final class OutputBuffer {
    private let pointer: OpaquePointer

    /// Shared bytes shorter than this are copied. Measured over 100 streams with four writes a tick: a copy of 600
    /// bytes costs three quarters of a reference with its chain of the buffer, one of 1000 bytes one and a half.
    static let copiedBelow = 768

    enum Outcome {
        /// Taken by the kernel: a number of bytes above 0.
        case sent(Int)
        case blocked
        /// `errno`.
        case failed(Int32)
    }

    init() {
        guard let pointer = unsafe evbuffer_new() else { preconditionFailure("libevent gave no buffer") }
        unsafe self.pointer = unsafe pointer
    }

    deinit {
        unsafe evbuffer_free(pointer)
    }

    var count: Int { unsafe evbuffer_get_length(pointer) }

    func append(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe append(copying: $0) }
    }

    func append(_ shared: SharedBytes, first count: Int) {
        guard count >= OutputBuffer.copiedBelow else {
            return unsafe append(copying: UnsafeRawBufferPointer(rebasing: shared.storage[..<count]))
        }
        let owner = unsafe Unmanaged.passRetained(shared).toOpaque()
        let code = unsafe evbuffer_add_reference(
            pointer, shared.storage.baseAddress, count, releaseSharedBytes, owner)
        precondition(code == 0, "libevent has no memory for a reference")
    }

    private func append(copying bytes: UnsafeRawBufferPointer) {
        let code = unsafe evbuffer_add(pointer, bytes.baseAddress, bytes.count)
        precondition(code == 0, "libevent has no memory for a write")
    }

    /// Takes so many bytes, or all, off the front.
    func take(_ most: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: min(most, count)) { bytes, taken in
            taken = Int(max(0, unsafe evbuffer_remove(pointer, bytes.baseAddress, bytes.count)))
        }
    }

    /// Offers the front of the buffer to the kernel, with one system call.
    func send(to descriptor: Int32) -> Outcome {
        let sent = unsafe cevent_send(pointer, descriptor)
        if sent > 0 { return .sent(sent) }
        let code = Int32(-sent)
        return code == EAGAIN || code == EINTR || code == 0 ? .blocked : .failed(code)
    }

    func removeAll() {
        unsafe evbuffer_drain(pointer, count)
    }
}

private func releaseSharedBytes(_: UnsafeRawPointer?, _: Int, _ owner: UnsafeMutableRawPointer?) {
    guard let owner = unsafe owner else { return }
    unsafe Unmanaged<SharedBytes>.fromOpaque(owner).release()
}
