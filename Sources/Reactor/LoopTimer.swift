/// One body that is to run once, later. Confined to its loop; the loop holds it until it fires or is cancelled.
public final class LoopTimer {
    private let loop: EventLoop
    private var event: BaseEvent?

    init(_ loop: EventLoop, base: EventBase, after duration: Duration, _ body: @escaping () -> Void) {
        self.loop = loop
        let event = BaseEvent(base, descriptor: -1, events: 0) { [self] _ in
            finish()
            body()
        }
        event.add(after: duration)
        self.event = event
    }

    /// Makes sure that the body does not run any more. Loop thread only; repeatable, also after it ran.
    public func cancel() {
        loop.preconditionOwned()
        finish()
    }

    private func finish() {
        event?.destroy()
        event = nil
    }
}
