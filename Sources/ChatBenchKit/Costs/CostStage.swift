/// A stage of a message's path, as `chat-bench costs` carries messages through it. Everything in it is real but the
/// ports below: no socket, no database, no Redis, no clock.
enum CostStage: String, CaseIterable, Sendable {
    /// From a line of a client to a command at the pipeline.
    case receive
    /// From commands to decided batches, and from their appending to outcomes.
    case decide
    /// From a decided batch to the bytes of its call at PostgreSQL, texts sealed.
    case encode
    /// From an outcome to the reply at the sender's connection.
    case reply
    /// From events to packs for two nodes.
    case relay
    /// From a pack to the push at the recipient's connection, direct messages.
    case read
    /// The same for a group; counted are recipients, `groupRecipients` for each message.
    case group
    /// From events to the statements of all read tables.
    case fold

    /// The most messages of one run: what is prepared for them costs the same however many are carried.
    static let most = 1_000
    /// Messages that go ahead of those, so that caches are filled.
    static let warm = 100
    /// Messages that go together, in a batch or a page: some in the middle between peace and the maximum.
    static let batch = 50
    /// Recipients of a message to the group, who are all at the node that is measured.
    static let groupRecipients = 100
    /// Clients, in pairs, of the stages without a group.
    static let clients = 16

    /// What carries messages through this stage.
    func carrier() throws -> any CostCarrier {
        switch self {
        case .receive: try ReceiveCost()
        case .decide: try DecideCost()
        case .encode: try EncodeCost()
        case .reply: try ReplyCost()
        case .relay: try RelayCost()
        case .read: try ReadCost(toGroup: false)
        case .group: try ReadCost(toGroup: true)
        case .fold: try FoldCost()
        }
    }
}

/// Carries messages through a stage, of a node that it has prepared.
protocol CostCarrier: AnyObject {
    /// Carries so many through, a multiple of `CostStage.batch` and of `groupRecipients`; gives how many came out.
    func carry(_ count: Int) throws -> Int
}
