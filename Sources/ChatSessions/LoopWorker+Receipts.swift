public import ChatApplication
import ChatDomain
import Reactor
import Telemetry
import WireProtocol

/// What goes to whoever takes part in a conversation and is connected, beside the feed: `receipt`, `typing`.
extension LoopWorker {
    func gather(_ item: FeedItem) {
        let now = services.clock.now()
        for receipt in item.receipts {
            if let due = receipts.take(receipt, origin: item.origin, now: now) { tell(due) }
        }
    }

    func tellDueReceipts(now: Int64) {
        for due in receipts.due(now: now) { tell(due) }
    }

    private func tell(_ addressed: ReceiptGathering.Addressed) {
        let receipt = addressed.receipt
        let targets = listeners(receipt.audience)
        guard !targets.isEmpty else { return }
        let push = Push.receipt(receipt.conversation, receipt.shown, receipt.progress)
        // A block does not touch groups; and the reader's own sessions are told in any case.
        let isDirect = receipt.conversation.otherSide(of: receipt.user) != nil
        write(push, to: targets) { session in
            session.id != addressed.origin
                && !(isDirect && session.blocks.stand(between: session.user, and: receipt.user))
        }
    }

    /// A block was set or taken back: the sessions of both are to know.
    func hear(_ block: Block, stands: Bool) {
        for user in [block.by, block.user] {
            for id in sessionsByUser[user] ?? [] { connections[id]?.session?.blocks.hear(block, stands: stands) }
        }
    }

    /// Somebody is typing, here or at another node; that one's own other devices are not meant.
    public func take(_ signal: TypingSignal) {
        let targets = listeners(signal.audience)
        guard !targets.isEmpty else { return }
        write(.typing(signal.conversation, signal.shown), to: targets) { $0.user != signal.user }
    }

    /// Whoever is connected: live sessions are found by their route, the others by what the log told them last.
    func listeners(_ audience: Audience) -> Set<Int> {
        var found: Set<Int> = []
        for user in audience.users { found.formUnion(sessionsByUser[user] ?? []) }
        guard let group = audience.group else { return found }
        found.formUnion(routing.leaves(for: Audience(group: group)))
        for id in unrouted where connections[id]?.session?.groups.member[group] != nil { found.insert(id) }
        return found
    }

    /// Bookkeeping of the feed is not touched: these have no position. To whom too much waits nothing is added.
    func write(_ push: Push, to targets: Set<Int>, where isMeant: (Session) -> Bool) {
        let shared = SharedBytes(push.line)
        for id in targets {
            guard let connection = connections[id], !connection.isClosing, let session = connection.session,
                session.device != nil, session.isAnswered, isMeant(session),
                connection.stream.queuedBytes < settings.sessionQueue
            else { continue }
            connection.stream.write(shared)
            services.metrics.pushes.add()
        }
    }
}
