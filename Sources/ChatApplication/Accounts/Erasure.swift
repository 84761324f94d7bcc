public import ChatDomain
public import EventCodec

/// Ends what was sealed of texts for good.
public protocol TextKeyDestroyer: SealingKeyDestroyer {
    /// The quarters of which texts can still be read, of one user, or of anybody if it is nil.
    func livingQuarters(of user: UserID?) async throws(EventLogError) -> [Quarter]
    /// Destroys the keys of texts of these quarters, of one user or of everybody; gives how many there were.
    func destroyTexts(of user: UserID?, quarters: [Quarter]) async throws(EventLogError) -> Int64
}

/// Makes personal data in the log unreadable, at an operator's word or by the clock. The log says so first, so that a
/// key that is missing without a word of the log is known for a loss; doing it twice does no harm.
public struct Erasure: Sendable {
    private let log: any EventLog
    private let single: SingleCommand
    private let keys: any TextKeyDestroyer

    /// Over the log that `single` appends to.
    public init(log: any EventLog, single: SingleCommand, keys: any TextKeyDestroyer) {
        self.log = log
        self.single = single
        self.keys = keys
    }

    /// Deletes an account as its user could have, destroys the key of what tells who it was, and with `texts` those of
    /// all that the user wrote. Friendships and groups are taken apart by a node, as after any deletion.
    ///
    /// - Returns: the quarters whose texts were made unreadable, as `2026Q4`.
    /// - Throws: `refused` with `no_such_user`, or what the log throws.
    public func erase(_ user: UserID, _ order: ErasureOrder, texts: Bool) async throws(EventLogError) -> [String] {
        guard let digest = try await nameDigest(of: user) else { throw .refused(Refusal.noSuchUser.reason) }
        _ = try await single.run(.eraseAccount(user, nameDigest: digest, order))
        try await keys.destroyPersonKey(of: user)
        guard texts else { return [] }
        let quarters = try await keys.livingQuarters(of: user)
        try await destroyTexts(of: user, quarters, order)
        return quarters.map(\.description)
    }

    /// Destroys the keys of everybody's texts of the quarters that ended before a time; gives these quarters, as `2026Q4`.
    ///
    /// - Parameter time: in microseconds since 1970 UTC.
    public func endTexts(before time: Int64, _ order: ErasureOrder) async throws(EventLogError) -> [String] {
        let first = Quarter(at: time)
        let quarters = try await keys.livingQuarters(of: nil).filter { $0 < first }
        try await destroyTexts(of: nil, quarters, order)
        return quarters.map(\.description)
    }

    private func destroyTexts(
        of user: UserID?, _ quarters: [Quarter], _ order: ErasureOrder
    ) async throws(EventLogError) {
        guard !quarters.isEmpty else { return }
        _ = try await single.run(.destroyTexts(of: user, quarters: quarters.map(\.description), order))
        _ = try await keys.destroyTexts(of: user, quarters: quarters)
    }

    /// As it was registered; nil if nobody was.
    private func nameDigest(of user: UserID) async throws(EventLogError) -> String? {
        let stream = StreamName.account(user)
        guard let first = try await log.read(stream: stream, after: .start, limit: 1).first else { return nil }
        do throws(EventCodecError) {
            let event = try EventCodec.decode(
                type: first.type, schema: first.schema, payload: first.payload, stream: stream, opener: nil)
            guard case .userRegistered(let registered) = event else { return nil }
            return registered.nameDigest
        } catch {
            throw .refused("the registration cannot be read: \(error)")
        }
    }
}
