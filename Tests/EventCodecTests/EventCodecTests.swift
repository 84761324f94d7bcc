import ChatDomain
import ChatTestKit
import EventCodec
import JSONText
import Testing

@Suite struct EventCodecTests {
    let sealer = ShuffledSealer()
    let time: Int64 = 1_795_000_000_000_000

    func stored(_ event: ChatEvent) throws -> StoredEvent {
        try EventCodec.encode(event, in: event.home, sealer: sealer, at: time)
    }

    func read(_ stored: StoredEvent, in stream: StreamName, _ opener: ShuffledSealer?) throws -> ChatEvent {
        try EventCodec.decode(
            type: stored.type, schema: stored.schema, payload: stored.payload, stream: stream, opener: opener)
    }

    @Test func everyEventIsReadAsItWasWritten() throws {
        var events = RandomEvents(random: .announced(for: "round trip of events"))
        for type in EventType.allCases {
            for _ in 1...60 {
                let event = events.event(type)
                let stored = try stored(event)
                #expect(stored.type == type.rawValue)
                #expect(try read(stored, in: event.home, sealer) == event)
                #expect(EventCodec.keyID(of: stored.payload) == (event == event.withoutPersonalData ? nil : 12))
            }
        }
    }

    @Test(arguments: [
        "\u{0}", "a\u{0}b", "\"\\\"", "\u{1F}\r\n\t\u{7F}", "👩‍👩‍👧🇩🇪👍🏽", "e\u{301}\u{301}", "\u{FEFF}\u{202E}\u{2028}",
        String(repeating: "漢", count: 5461), String(repeating: "\u{0}", count: 16_384), "\",\"sealed\":{\"key\":99",
    ])
    func aTextComesBackByteForByte(_ text: String) throws {
        let event = ChatEvent.messageSent(
            MessageSent(conversation: .group(GroupID(7)), from: UserID(3), text: text))
        guard case .messageSent(let found) = try read(stored(event), in: event.home, sealer) else { return }
        // Strings of different scalars can be equal; their bytes are not.
        #expect(found.text.map { Array($0.utf8) } == Array(text.utf8))
    }

    /// Messages are written and read by a way of their own: what it cannot read is read as any other event.
    @Test func aMessageIsReadHoweverItIsSpelled() throws {
        let event = ChatEvent.messageSent(
            MessageSent(
                conversation: .direct(UserID(3), UserID(9)), from: UserID(3), text: "\"}漢\0", replyTo: 10))
        let stored = try stored(event)
        let text = String(decoding: stored.payload, as: UTF8.self)
        #expect(try JSONValue.parse(text).description == text)
        let members = try #require(try JSONValue.parse(text).objectValue).members
        let turned = JSONValue.object(JSONObject(members.reversed().map { ($0.name, $0.value) })).description
        let spellings = [
            turned, " " + text, text + " ", text.replacing(":", with: ": "),
            String(text.dropLast()) + ",\"more\":{\"key\":1}}",
            text.replacing("\"from\"", with: "\"fr\\u006Fm\""),
        ]
        for spelling in spellings {
            var other = stored
            other.payload = Array(spelling.utf8)
            #expect(try read(other, in: event.home, sealer) == event, "\(spelling)")
        }
        for broken in [
            String(text.dropLast()), text.replacing("\"from\":3", with: "\"from\":03"),
            String(text.dropLast(4)) + "\"}}",
        ] {
            var other = stored
            other.payload = Array(broken.utf8)
            #expect(throws: EventCodecError.self) { try read(other, in: event.home, sealer) }
        }
    }

    @Test func withoutItsKeyAnEventIsReadWithoutWhatIsPersonal() throws {
        var blind = sealer
        blind.destroyed = [12]
        for event in Samples.events {
            let stored = try stored(event)
            #expect(try read(stored, in: event.home, nil) == event.withoutPersonalData)
            #expect(try read(stored, in: event.home, blind) == event.withoutPersonalData)
            #expect(try read(stored, in: event.home, sealer) == event)
        }
    }

    @Test func aBoxOpensOnlyInTheStreamItWasSealedFor() throws {
        let event = MessageSent(conversation: .group(GroupID(7)), from: UserID(3), text: "secret")
        let stored = try stored(.messageSent(event))
        let elsewhere = MessageSent(conversation: .group(GroupID(8)), from: UserID(3), text: nil)
        let stream = StreamName.messages(.group(GroupID(8)))
        #expect(try read(stored, in: stream, sealer) == .messageSent(elsewhere))
    }

    @Test func nothingPersonalStandsInClear() throws {
        let secret = "Zoë-Zebra-7"
        let events: [ChatEvent] = [
            .userRegistered(
                UserRegistered(
                    user: UserID(3), nameDigest: "5ca1", name: secret, passwordHash: "$argon2id$\(secret)",
                    address: "addr-\(secret)")),
            .sessionOpened(
                SessionOpened(
                    user: UserID(3), session: SessionID("s"), device: "d", node: NodeName("a"), term: 1,
                    tokenDigest: "70", address: secret)),
            .passwordChanged(
                PasswordChanged(user: UserID(3), passwordHash: "$argon2id$\(secret)", session: nil, ended: [])),
            .messageSent(
                MessageSent(conversation: .direct(UserID(3), UserID(9)), from: UserID(3), text: secret)),
        ]
        for event in events {
            let payload = try stored(event).payload
            #expect(payload.firstRange(of: Array(secret.utf8)) == nil)
            #expect(payload.firstRange(of: Array("Zebra".utf8)) == nil)
            #expect(payload.firstRange(of: Array("argon2".utf8)) == nil)
            #expect(event.home.value.utf8.firstRange(of: Array("Zebra".utf8)) == nil)
            #expect(EventCodec.keyID(of: payload) == 12)
        }
    }

    @Test func theSealerIsAskedForTheSubjectThatWasForetold() throws {
        for event in Samples.events {
            var strict = sealer
            strict.subject = EventCodec.sealSubject(of: event, at: time)
            _ = try EventCodec.encode(event, in: event.home, sealer: strict, at: time)
            let isPersonal = event != event.withoutPersonalData
            #expect((strict.subject != nil) == isPersonal)
            #expect(EventCodec.sealSubject(of: event.withoutPersonalData, at: time) == nil)
        }
    }

    @Test func textsAreSealedByQuarterAndTheRestByPerson() {
        let subjects = Samples.events.compactMap { EventCodec.sealSubject(of: $0, at: time) }
        let texts = SealSubject.texts(UserID(3), quarter: Quarter(at: time))
        let person = SealSubject.person(UserID(3))
        #expect(subjects == [person, person, person, texts, texts, person, .nobody(Quarter(at: time))])
        let stranger = LoginRefused(user: nil, counts: [.badToken: 1], since: 1, address: "192.0.2.7")
        #expect(EventCodec.sealSubject(of: .loginRefused(stranger), at: time) == .nobody(Quarter(at: time)))
    }
}

@Suite struct EventCodecFailureTests {
    func failure(
        _ type: String, _ schema: Int, _ payload: String, in stream: StreamName = .messages(.group(GroupID(7))),
        opener: (any Opener)? = ShuffledSealer()
    ) -> EventCodecError? {
        do throws(EventCodecError) {
            _ = try EventCodec.decode(
                type: type, schema: schema, payload: Array(payload.utf8), stream: stream, opener: opener)
            return nil
        } catch {
            return error
        }
    }

    @Test func anUnknownTypeIsNamed() { #expect(failure("Unheard", 1, "{}") == .unknownType("Unheard")) }

    @Test(arguments: EventType.allCases)
    func anUnknownSchemaIsNamed(_ type: EventType) {
        for schema in [0, -1, EventCodec.currentSchema(of: type) + 1] {
            #expect(failure(type.rawValue, schema, "{}") == .unknownSchema(type.rawValue, schema))
        }
    }

    @Test(arguments: Samples.events)
    func aPayloadWithoutAMemberOrWithAWrongOneIsRefused(_ event: ChatEvent) throws {
        let stored = try EventCodec.encode(event, in: event.home, sealer: ShuffledSealer(), at: 0)
        let members = try #require(try JSONValue.parse(stored.payload).objectValue)
        let optional: Set<String> = [
            "device", "replaced", "since", "forgotten", "forgottenSession", "replyTo", "groupSize", "sealed",
        ]
        for name in members.names {
            var broken = members
            broken[name] = .array([.null])
            #expect(
                failure(stored.type, 1, "\(JSONValue.object(broken))", in: event.home)
                    == .malformed(stored.type, member: name))
            broken[name] = nil
            let isOptional =
                optional.contains(name) || (name == "session" && stored.type == "PasswordChanged")
                || (name == "node" && stored.type.hasPrefix("Replay"))
                || (stored.type == "LoginRefused" && name != "first")
            let expected: EventCodecError? =
                isOptional && (name != "device" || stored.type != "FeedAcknowledged")
                ? nil : .malformed(stored.type, member: name)
            #expect(failure(stored.type, 1, "\(JSONValue.object(broken))", in: event.home) == expected)
        }
    }

    @Test func bytesThatAreNoObjectAreRefused() {
        for payload in ["", "{", "[]", "null", "{}{}", "{\"from\":3"] {
            #expect(failure("MessageSent", 1, payload) == .malformed("MessageSent", member: ""))
        }
    }

    @Test func aMessageOutsideAConversationIsRefused() {
        #expect(
            failure("MessageSent", 1, "{\"from\":3}", in: .account(UserID(3)))
                == .malformed("MessageSent", member: "conversation"))
    }

    @Test func aBoxThatIsNoBase64IsRefused() {
        for box in ["A", "AA==AA==", "A A=", "AB==", "äöü="] {
            #expect(
                failure("MessageSent", 1, "{\"from\":3,\"sealed\":{\"key\":1,\"box\":\"\(box)\"}}")
                    == .malformed("MessageSent", member: "sealed"))
        }
    }

    @Test func anErrorTellsNothingOfThePayload() {
        let error = failure("UserRegistered", 1, "{\"user\":\"Zebra\",\"nameDigest\":1}")
        #expect(error == .malformed("UserRegistered", member: "user"))
        #expect(!"\(String(describing: error))".contains("Zebra"))
    }
}
