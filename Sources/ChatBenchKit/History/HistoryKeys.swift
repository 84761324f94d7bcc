import ChatApplication
import ChatDomain
import EventCodec
import Sealing

/// Sealing keys that follow from the seed, numbered in the order of their first use.
///
/// They seal as real ones do, and whoever knows the seed has them: for logs without a word of a real person only.
final class HistoryKeys: Sealer {
    /// A key as its table holds it.
    struct Row {
        let subject: SealSubject
        let key: SealingKey
        var isDestroyed = false
    }

    private let secret: [UInt8]
    private var numbers: [SealSubject: Int] = [:]
    /// The keys; the first has number 1.
    private(set) var rows: [Row] = []

    init(seed: UInt64) {
        secret = Digest.blake2b(Array("chat-bench replay \(seed)".utf8))
    }

    /// The secret under which names are hashed.
    var pepper: [UInt8] { Digest.blake2b(Array("names".utf8), key: secret) }

    func seal(_ plain: [UInt8], subject: SealSubject, context: [UInt8]) throws -> SealedText? {
        let number = try number(of: subject)
        let row = rows[number - 1]
        guard !row.isDestroyed else { return nil }
        return SealedText(keyID: Int64(number), box: SealedBox.seal(plain, key: row.key, context: context))
    }

    /// What was sealed for the person can be opened by nobody any more.
    func destroyPersonKey(of user: UserID) {
        guard let number = numbers[.person(user)] else { return }
        rows[number - 1].isDestroyed = true
    }

    private func number(of subject: SealSubject) throws -> Int {
        if let known = numbers[subject] { return known }
        guard let key = SealingKey(Digest.blake2b(Array(Self.name(of: subject).utf8), key: secret)) else {
            throw EventLogError.refused("a key of another size")
        }
        rows.append(Row(subject: subject, key: key))
        numbers[subject] = rows.count
        return rows.count
    }

    private static func name(of subject: SealSubject) -> String {
        switch subject {
        case .person(let user): "person \(user)"
        case .texts(let user, let quarter): "texts \(user) \(quarter)"
        }
    }
}
