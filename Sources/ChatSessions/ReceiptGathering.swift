import ChatApplication
import ChatDomain

/// Receipts on their way to this loop's sessions: at most one a second for a reader and conversation, of which the
/// latest wins, and none that says less than one before.
struct ReceiptGathering {
    /// Microseconds between two receipts of a reader in a conversation.
    static let interval: Int64 = 1_000_000
    /// Receipts that wait; beyond it further ones are dropped.
    static let limit = 20_000
    /// Of how many readers and conversations it is remembered what was told, in each of two generations.
    static let memory = 10_000

    fileprivate struct Key: Hashable {
        var conversation: Conversation
        var reader: UserID
    }

    fileprivate struct Told {
        var at: Int64
        var delivered: Int64 = 0
        var read: Int64 = 0
    }

    /// A receipt, and the session that knows already.
    struct Addressed {
        var receipt: ConversationReceipt
        var origin: SessionID?
    }

    fileprivate struct Waiting {
        var delivered: Addressed?
        var read: Addressed?
    }

    private var told: [Key: Told] = [:]
    private var older: [Key: Told] = [:]
    private var waiting: [Key: Waiting] = [:]

    /// Takes a receipt in; gives it back if it is to be told at once.
    mutating func take(_ receipt: ConversationReceipt, origin: SessionID?, now: Int64) -> Addressed? {
        let key = Key(conversation: receipt.conversation, reader: receipt.user)
        let before = told[key] ?? older[key]
        guard receipt.progress.isBeyond(delivered: before?.delivered ?? 0, read: before?.read ?? 0) else { return nil }
        let addressed = Addressed(receipt: receipt, origin: origin)
        if waiting[key] == nil, now - (before?.at ?? .min / 2) >= Self.interval {
            note(addressed, key, now)
            return addressed
        }
        guard waiting[key] != nil || waiting.count < Self.limit else { return nil }
        waiting[key, default: Waiting()].add(addressed)
        return nil
    }

    /// What has waited long enough: of each reader and conversation one.
    mutating func due(now: Int64) -> [Addressed] {
        var due: [Addressed] = []
        for (key, entry) in waiting where now - ((told[key] ?? older[key])?.at ?? .min / 2) >= Self.interval {
            guard let next = entry.read ?? entry.delivered else { continue }
            var rest = entry
            if entry.read != nil { rest.read = nil } else { rest.delivered = nil }
            waiting[key] = rest.isEmpty ? nil : rest
            note(next, key, now)
            due.append(next)
        }
        return due
    }

    private mutating func note(_ addressed: Addressed, _ key: Key, _ now: Int64) {
        var entry = told[key] ?? older[key] ?? Told(at: now)
        entry.at = now
        switch addressed.receipt.progress {
        case .delivered(let seq): entry.delivered = max(entry.delivered, seq)
        case .read(let seq): entry.read = max(entry.read, seq)
        }
        if told[key] == nil, told.count >= Self.memory {
            older = told
            told = [:]
        }
        told[key] = entry
    }
}

extension ReceiptGathering.Waiting {
    fileprivate var isEmpty: Bool { delivered == nil && read == nil }

    fileprivate mutating func add(_ addressed: ReceiptGathering.Addressed) {
        switch addressed.receipt.progress {
        case .delivered(let seq):
            guard (delivered?.receipt.progress.seq ?? 0) < seq else { return }
            delivered = addressed
        case .read(let seq):
            guard (read?.receipt.progress.seq ?? 0) < seq else { return }
            read = addressed
        }
    }
}
