import Foundation
import Reactor
import Synchronization

/// Wakes a loop once a slot, from a thread of its own, whose sleep is finer than a loop's timers.
final class Pacer: Sendable {
    private let stopped = Atomic<Bool>(false)
    private let isPending = Atomic<Bool>(false)

    /// Calls `body` on the loop at each slot until `stop()`. A loop that is late is not called twice for it.
    init(on loop: EventLoop, _ body: @escaping @Sendable () -> Void) {
        Thread.detachNewThread { [self] in
            while !stopped.load(ordering: .relaxed) {
                let rest = Schedule.slot - GeneratorClock.now() % Schedule.slot
                Thread.sleep(forTimeInterval: Double(rest) / 1e9)
                guard !isPending.exchange(true, ordering: .acquiringAndReleasing) else { continue }
                loop.execute { [self] in
                    isPending.store(false, ordering: .releasing)
                    body()
                }
            }
        }
    }

    /// No further calls, but for one that is under way.
    func stop() {
        stopped.store(true, ordering: .relaxed)
    }
}
