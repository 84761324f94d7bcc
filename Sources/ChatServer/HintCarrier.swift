import ChatApplication
import ChatDomain
import Reactor

/// Carries to the other nodes how far the log has come, and for what somebody waits. Any thread may tell it; of many hints
/// that come while Redis is asked one is sent, and of what was said before none.
final class HintCarrier: Sendable {
    private let told = Lock<LogHint?>(nil)
    private let waiting: AsyncStream<Void>
    private let news: AsyncStream<Void>.Continuation

    init() {
        (waiting, news) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func tell(_ hint: LogHint) {
        let isNews = told.withLock { told in
            let before = told ?? LogHint(head: .start)
            told = LogHint(head: max(before.head, hint.head), awaited: max(before.awaited, hint.awaited))
            return told != before
        }
        if isNews { news.yield() }
    }

    /// Another life of the log begins lower, perhaps.
    func forget() { told.withLock { $0 = nil } }

    /// Passes on what it is told, until the task is cancelled.
    func send(over fanOut: any FanOut) async {
        for await _ in waiting {
            if let hint = told.withLock({ $0 }) { await fanOut.hint(hint) }
        }
    }
}
