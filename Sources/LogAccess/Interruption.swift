public import Reactor
import Synchronization

/// SIGINT and SIGTERM end the work in good order; the second one ends the process at once.
public final class Interruption: Sendable {
    private let requested = Atomic(false)

    /// Hears signals on `loop`, and calls `cancel` at the first one.
    public init(on loop: EventLoop, _ cancel: @escaping @Sendable () -> Void) {
        loop.execute {
            var source: SignalSource?
            source = SignalSource(on: loop, [.interrupt, .terminate]) { _ in
                source?.cancel()
                self.requested.store(true, ordering: .relaxed)
                cancel()
            }
        }
    }

    /// Whether somebody asked for the end.
    public var isRequested: Bool { requested.load(ordering: .relaxed) }
}
