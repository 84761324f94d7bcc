import CEvent
import Glibc

/// An eventfd that ends a loop's sleep. `signal()` may be called from any thread, the rest belongs to the loop.
final class Wakeup: @unchecked Sendable {
    private let descriptor: Int32
    private var event: BaseEvent?

    init(_ base: EventBase) {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        precondition(descriptor >= 0, "no eventfd: error \(errno)")
        // Edge-triggered: each write is a new edge, so the counter need not be read back.
        let event = BaseEvent(base, descriptor: descriptor, events: EV_READ | EV_PERSIST | EV_ET) { _ in }
        event.add()
        self.event = event
    }

    deinit {
        close(descriptor)
    }

    func signal() {
        var one: UInt64 = 1
        let count = unsafe write(descriptor, &one, 8)
        // The counter is full after 2^64 wakes.
        precondition(count == 8, "eventfd refused: error \(errno)")
    }

    func cancel() {
        event?.destroy()
        event = nil
    }
}
