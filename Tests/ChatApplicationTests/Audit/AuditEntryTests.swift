import ChatApplication
import ChatDomain
import ChatTestKit
import EventCodec
import JSONText
import Testing

@Suite struct AuditEntryTests {
    private struct NoSealer: Sealer {
        func seal(_ plain: [UInt8], subject: SealSubject, context: [UInt8]) throws -> SealedText? { nil }
    }

    private func entry(
        _ event: ChatEvent, actor: Int64? = nil, session: String? = nil, device: String? = nil, node: String? = nil,
        address: String? = nil, type: String? = nil
    ) throws -> AuditEntry {
        let stream = event.place?.stream ?? .acknowledgements(NodeName("a"))
        let stored = try EventCodec.encode(event, in: stream, sealer: NoSealer(), at: 0)
        let recorded = RecordedEvent(
            position: Position(12), type: type ?? stored.type, schema: stored.schema, stream: stream, version: 5,
            touched: [],
            cause: Cause(
                actor: actor.map(UserID.init), session: session.map(SessionID.init), device: device, reference: "k1"),
            node: node.map { NodeName($0) }, recordedAt: 1_795_180_800_123_456, payload: stored.payload)
        var entry = AuditEntry(recorded, epoch: "e1")
        entry.address = address
        return entry
    }

    private var names: AuditNames {
        var names = AuditNames()
        names[UserID(3)] = "Zoë, \"Z\""
        return names
    }

    private var said: ChatEvent {
        .messageSent(MessageSent(conversation: .direct(UserID(3), UserID(9)), from: UserID(3), text: nil))
    }

    @Test func theFieldsOfJSONAreThoseOfTheContract() throws {
        var entry = try entry(
            said, actor: 3, session: "s1", device: "phone", node: "a", address: "192.0.2.7")
        entry.event = .messageSent(
            MessageSent(conversation: .direct(UserID(3), UserID(9)), from: UserID(3), text: "hi"))
        #expect(
            JSONValue.object(entry.json(names)).description
                == #"{"position":12,"epoch":"e1","type":"MessageSent","at":"2026-11-20T13:20:00.123Z","#
                + #""actor":{"id":3,"name":"Zoë, \"Z\""},"subjects":[{"id":9,"name":null}],"#
                + #""conversation":"direct:3:9","seq":5,"device":"phone","address":"192.0.2.7","node":"a","#
                + #""key":"k1","text":"hi"}"#)
        let bare = try self.entry(.nodeJoined(NodeJoined(node: NodeName("b"))))
        let members = bare.json(names)
        #expect(members["actor"] == .null && members["subjects"] == [] && members["node"] == "b")
        #expect(members["text"] == nil && members["address"] == nil && members["group"] == nil)
    }

    @Test func aCommaAndAQuotationMarkStayInTheirField() throws {
        let line = try entry(said, actor: 3, device: "=cmd()").csv(names)
        #expect(
            line == #"12,e1,MessageSent,2026-11-20T13:20:00.123Z,3,"Zoë, ""Z""",9,,,direct:3:9,5,'=cmd(),,,k1,,"#)
        #expect(line.split(separator: ",", omittingEmptySubsequences: false).count == AuditEntry.csvColumns.count + 1)
    }

    @Test func eachFilterTellsWhatItIsAskedFor() throws {
        let entry = try entry(
            said, actor: 3, session: "s1", device: "phone", node: "a", address: "192.0.2.7")
        func matches(_ set: (inout AuditFilter) -> Void) -> Bool {
            var filter = AuditFilter()
            set(&filter)
            return filter.matches(entry)
        }
        #expect(matches { _ in })
        #expect(matches { $0.actor = UserID(3) } && !matches { $0.actor = UserID(9) })
        #expect(matches { $0.user = UserID(3) } && matches { $0.user = UserID(9) } && !matches { $0.user = UserID(4) })
        #expect(matches { $0.conversation = .direct(UserID(3), UserID(9)) })
        #expect(!matches { $0.conversation = .direct(UserID(3), UserID(8)) })
        #expect(!matches { $0.group = GroupID(3) })
        #expect(matches { $0.types = ["MessageSent", "NodeLost"] } && !matches { $0.types = ["NodeLost"] })
        #expect(matches { $0.addresses = AddressRange("192.0.2.0/24") })
        #expect(!matches { $0.addresses = AddressRange("192.0.3.0/24") })
        #expect(matches { $0.node = NodeName("a") } && !matches { $0.node = NodeName("b") })
        #expect(matches { $0.device = "phone" } && !matches { $0.device = "desk" })
        #expect(!matches { $0.outcome = "bad_token" })
        #expect(!matches { filter in (filter.actor, filter.node) = (UserID(3), NodeName("b")) })
    }

    /// A span is looked into only if it has the words of the filter: no event that is meant may lack one.
    @Test(arguments: Samples.events)
    func whatAFilterMeansHasItsWords(_ event: ChatEvent) throws {
        let entry = try entry(event, actor: 3, session: "s1", device: "phone", node: "c")
        let words = entry.words
        var filters: [AuditFilter] = []
        func add(_ set: (inout AuditFilter) -> Void) {
            var filter = AuditFilter()
            set(&filter)
            if filter.matches(entry) { filters.append(filter) }
        }
        for user in entry.users {
            add { $0.user = user }
            add { filter in (filter.user, filter.types) = (user, ["FeedAcknowledged"]) }
            add { filter in (filter.user, filter.types) = (user, ["FeedAcknowledged", entry.recorded.type]) }
        }
        add { $0.actor = UserID(3) }
        add { $0.group = entry.facts.group }
        add { $0.conversation = entry.facts.conversation }
        add { $0.types = [entry.recorded.type] }
        add { $0.node = NodeName("c") }
        add { $0.node = entry.facts.node }
        add { $0.device = "phone" }
        for outcome in entry.facts.outcomes { add { $0.outcome = outcome } }
        #expect(filters.count >= 5)
        for filter in filters {
            #expect(Set(words).isSuperset(of: filter.words), "\(filter)")
            for list in filter.alternatives { #expect(!Set(words).isDisjoint(with: list), "\(filter)") }
        }
    }

    @Test func acknowledgementsConcernSomebodyOnlyWhenTheyAreAskedFor() throws {
        let entries = [FeedAcknowledged.Entry(user: UserID(9), device: "pc", position: Position(4))]
        let entry = try entry(.feedAcknowledged(FeedAcknowledged(entries: entries)))
        var filter = AuditFilter()
        filter.user = UserID(9)
        #expect(!filter.matches(entry))
        filter.types = ["FeedAcknowledged", "MessageSent"]
        #expect(filter.matches(entry))
    }

    @Test func anEventOfANewerProgramAndABrokenOneAreShownByTheirEnvelopes() throws {
        let newer = try entry(said, actor: 3, type: "MessageSungInChorus")
        #expect(newer.event == nil && newer.json(names)["type"] == "MessageSungInChorus")
        #expect(newer.users == [UserID(3)])
        let broken = try entry(said, actor: 3, type: "UserRegistered")
        #expect(broken.event == nil && broken.json(names)["actor"]?["id"] == 3)
    }
}
