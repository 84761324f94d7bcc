public import ChatDomain
import EventCodec

/// Where in the log to look for what concerns a user, a group, a node, … and from which addresses it was done.
///
/// It has a row for a span of positions, not for an event, so that the log itself needs no index for any of this.
public struct AuditProjection: StretchProjection {
    /// `audit_spans`: the words of the events of each span of positions, in the order of the log until the span is
    /// `whole`, and then rising and each once. Only whole spans are found by their words; the last one is read as it is.
    public static let spans = TableSpec(
        "audit_spans", key: ["span"],
        [
            .init("span", .bigint),
            .init("whole", .boolean),
            .init("words", .integers),
        ],
        indexes: [.init("words", where: "whole", method: "gin")], growsWithMessages: true, settled: "whole")

    /// `audit_addresses`: the events that say an address, for as long as the key lives that seals it there. What was
    /// done in a session was done from the address of its beginning. `place` is the address in the order of addresses;
    /// `quarter` is that of the key where no user is known.
    public static let addresses = TableSpec(
        "audit_addresses", key: ["position"],
        [
            .init("position", .bigint),
            .init("user_id", .bigint, nullable: true),
            .init("session", .name, nullable: true),
            .init("address", .text),
            .init("place", .name, nullable: true),
            .init("quarter", .name, nullable: true),
        ],
        indexes: [
            .init("user_id"), .init("session", where: "session is not null"), .init("place, position"),
        ])

    /// Positions in a span: a page of 1000 events changes nine rows, and an event that is sought costs the reading of so
    /// many.
    public static let span: Int64 = 128

    /// Its stable name.
    public static let name = "audit"
    /// Of tables and fold.
    public static let version = 2
    /// The tables above.
    public static let tables = [spans, addresses]
    /// What auditors and chat-audit see.
    public static let views = AuditViews.all
    /// All: what nobody may look for stands in no log.
    public static let eventTypes = Set(EventType.allCases)
    /// The addresses.
    public static let openedTypes: Set<EventType> = [.userRegistered, .sessionOpened, .loginRefused]
    /// It takes every event, and holds nobody back.
    public static let runsAlone = true

    /// A fold.
    public init(environment: ProjectionEnvironment) {}

    /// The span in which a position stands.
    public static func span(of position: Position) -> Int64 { (position.value - 1) / span }

    /// Where in its span a position stands, from 0 on.
    static func offset(of position: Position) -> Int64 { (position.value - 1) % span }

    /// Adds what the event does to the tables.
    public func apply(_ event: ProjectedEvent, into changes: inout RowChanges) throws(ProjectionError) {
        let place = Self.offset(of: event.position)
        Self.note(
            AuditWords.words(of: event), span: Self.span(of: event.position), begins: place == 0,
            ends: place == Self.span - 1, &changes)
        noteAddress(event, &changes)
    }

    /// Through what it came.
    public static let messagePart = MessagePart.codes

    /// An empty stretch of the log.
    public func stretch() -> AuditStretch { AuditStretch(self) }

    /// Whose address is known from now on, and whose is not any more.
    func noteAddress(_ event: ProjectedEvent, _ changes: inout RowChanges) {
        switch event.event {
        case .userRegistered(let registered): put(registered.address, registered.user, nil, event, &changes)
        case .sessionOpened(let opened): put(opened.address, opened.user, opened.session, event, &changes)
        case .loginRefused(let refused): put(refused.address, refused.user, nil, event, &changes)
        case .accountDeleted(let deleted): forget(deleted.user, &changes)
        case .keyDestroyed(let destroyed):
            switch (destroyed.purpose, destroyed.user) {
            case (.person, let user?): forget(user, &changes)
            case (.texts, nil):
                for quarter in destroyed.quarters {
                    changes.delete(Self.addresses, where: ["quarter": .text(quarter)])
                }
            default: return
            }
        default: return
        }
    }

    /// The first event of a span makes its row, the others extend it, the last one makes it whole.
    static func note(_ words: [Int32], span: Int64, begins: Bool, ends: Bool, _ changes: inout RowChanges) {
        if begins {
            let words = ColumnValue.integers(ends ? words.risingOnce : words)
            changes.put(spans, ["span": .integer(span), "whole": .boolean(ends), "words": words])
        } else if ends {
            changes.update(
                spans, key: [.integer(span)], ["words": .gatherLast(words), "whole": .set(.boolean(true))])
        } else {
            changes.update(spans, key: [.integer(span)], ["words": .gather(words)])
        }
    }

    private func put(
        _ address: String?, _ user: UserID?, _ session: SessionID?, _ event: ProjectedEvent,
        _ changes: inout RowChanges
    ) {
        guard let address, !address.utf8.contains(0) else { return }
        changes.put(
            Self.addresses,
            [
                "position": .integer(event.position.value), "user_id": user.map { .integer($0.value) } ?? .null,
                "session": .text(session?.value), "address": .text(address),
                "place": .text(AddressRange.place(of: address)),
                "quarter": user == nil ? .text(event.quarter.description) : .null,
            ])
    }

    private func forget(_ user: UserID, _ changes: inout RowChanges) {
        changes.delete(Self.addresses, where: ["user_id": .integer(user.value)])
    }
}
