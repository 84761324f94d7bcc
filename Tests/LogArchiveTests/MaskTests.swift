import ChatApplication
import ChatDomain
import ChatTestKit
import EventCodec
import Sealing
import Testing

@testable import LogArchive

@Suite struct MaskTests {
    private let masks = Masks(secret: [UInt8](repeating: 7, count: 32))
    private let others = Masks(secret: [UInt8](repeating: 8, count: 32))

    @Test func theSameValueHasTheSameMaskInEveryExportOfALogAndNoOther() {
        let again = Masks(secret: [UInt8](repeating: 7, count: 32))
        #expect(masks.text("the old mill") == again.text("the old mill"))
        #expect(masks.device("phone") == again.device("phone"))
        #expect(masks.namePepper == again.namePepper)
        #expect(masks.text("the old mill") != others.text("the old mill"))
        #expect(masks.text("the old mill") != masks.text("the new mill"))
        #expect(masks.device("phone") != masks.reference("phone"))
    }

    @Test(arguments: [
        "a", "7", "é", "面粉", "𝒻lour\n\tfor all!", "☕️🎉", "Grüße,\nbis gleich", String(repeating: "x", count: 9_000),
    ])
    func aTextKeepsItsShapeAndNothingElse(_ text: String) {
        let masked = masks.text(text)
        #expect(masked != text)
        #expect(masked.unicodeScalars.map(UTF8.width) == text.unicodeScalars.map(UTF8.width))
        #expect(
            masked.unicodeScalars.map(\.properties.isWhitespace) == text.unicodeScalars.map(\.properties.isWhitespace))
    }

    @Test func whatIsEmptyStaysEmpty() {
        #expect(masks.text("").isEmpty)
        #expect(masks.text(" \n") == " \n")
    }

    @Test func aMaskedNameIsFoundUnderItsMaskedHash() {
        let digest = Credentials(pepper: [UInt8](repeating: 7, count: 32)).digest(ofName: "Zoë")
        let copy = Credentials(pepper: masks.namePepper)
        #expect(copy.digest(ofName: masks.name(digest)) == masks.nameDigest(digest))
        #expect((2...32).contains(masks.name(digest).unicodeScalars.count))
    }

    @Test func anAddressKeepsItsFamily() {
        #expect(masks.address("192.0.2.7").hasPrefix("10."))
        #expect(masks.address("2001:db8:1::7").hasPrefix("2001:db8::"))
        #expect(masks.address("192.0.2.7") != masks.address("192.0.2.8"))
    }

    @Test func noPasswordFitsAMaskedHash() throws {
        let hash = try Passwords.hash("correct horse", cost: .test)
        #expect(!Passwords.verify("correct horse", against: masks.passwordHash(hash)))
    }
}

/// Over one event of every type, sealed under real keys.
@Suite struct RedactionTests {
    private static let secret = [UInt8](repeating: 3, count: 32)

    /// What the samples hold of people.
    private static let personal = [
        "Zoë", "argon2id", "192.0.2.7", "phone", "desk", "old\"", "climbers", "up \\", "70ce", "5ca1ab1e", "hello",
    ]

    private func recorded(_ keys: InMemorySealingKeys) async throws -> [RecordedEvent] {
        let keyring = Keyring(store: keys)
        try await keyring.fetch(Samples.events.compactMap { EventCodec.sealSubject(of: $0, at: 0) })
        return try Samples.events.enumerated().map { number, event in
            let stored = try EventCodec.encode(event, in: event.home, sealer: keyring, at: 0)
            return RecordedEvent(
                position: Position(Int64(number) + 1), type: stored.type, schema: stored.schema, stream: event.home,
                version: 1, touched: event.place?.touched ?? [],
                cause: Cause(actor: UserID(3), session: SessionID("s2"), device: "phone", reference: "hello"),
                node: NodeName("a"), recordedAt: 0, payload: stored.payload)
        }
    }

    /// Opens with the copy's keys.
    private struct CopyKeys: Opener {
        let redaction: Redaction
        func open(_ sealed: SealedText, context: [UInt8]) -> [UInt8]? {
            let original = ArchivedKey(
                id: sealed.keyID, user: UserID(3), purpose: "person", quarter: "", madeAt: 0, destroyedAt: nil,
                key: SealingKey.random().bytes)
            guard let key = redaction.masked(original).key.flatMap(SealingKey.init) else { return nil }
            return SealedBox.open(sealed.box, key: key, context: context)
        }
    }

    @Test func nothingPersonalIsLeftInAnyEventNorInWhatItSeals() async throws {
        let keys = InMemorySealingKeys()
        let events = try await recorded(keys)
        let redaction = Redaction(secret: Self.secret)
        let masked = try await redaction.masked(events, Keyring(store: keys))
        #expect(masked.count == events.count)
        for (before, after) in zip(events, masked) {
            let opened = try EventCodec.decode(
                type: after.type, schema: after.schema, payload: after.payload, stream: after.stream,
                opener: CopyKeys(redaction: redaction))
            let shown = "\(opened) \(after) \(String(decoding: after.payload, as: UTF8.self))"
            for value in Self.personal { #expect(!shown.contains(value), "\(value) in \(opened.type)") }
            #expect(opened.type.rawValue == before.type && after.stream == before.stream)
            let original = try EventCodec.decode(
                type: before.type, schema: before.schema, payload: before.payload, stream: before.stream,
                opener: nil)
            // What was sealed still is, under a key of the same number.
            #expect(EventCodec.keyID(of: before.payload) == EventCodec.keyID(of: after.payload))
            #expect(opened.place?.stream == original.place?.stream && opened.audience == original.audience)
        }
    }

    @Test func whatNobodyCanOpenIsLeftOut() async throws {
        let events = try await recorded(InMemorySealingKeys())
        let masked = try await Redaction(secret: Self.secret).masked(events, Keyring(store: InMemorySealingKeys()))
        for event in masked { #expect(EventCodec.keyID(of: event.payload) == nil) }
    }

    @Test func theKeysOfTwoExportsHaveNothingInCommon() {
        let key = ArchivedKey(
            id: 4, user: UserID(3), purpose: "person", quarter: "", madeAt: 0, destroyedAt: nil, key: [1])
        let (one, other) = (Redaction(secret: Self.secret), Redaction(secret: Self.secret))
        #expect(one.masked(key).key == one.masked(key).key)
        #expect(one.masked(key).key != other.masked(key).key && one.masked(key).key != key.key)
        var destroyed = key
        destroyed.key = nil
        destroyed.destroyedAt = 5
        #expect(one.masked(destroyed) == destroyed)
    }

    @Test func anEventThatIsNotUnderstoodIsNotExported() async {
        let unknown = RecordedEvent(
            position: Position(9), type: "SomethingNew", schema: 1, stream: StreamName("new"), version: 1, touched: [],
            cause: Cause(), node: nil, recordedAt: 0, payload: Array(#"{"name":"Zoë"}"#.utf8))
        await #expect(throws: RedactionFailure.self) {
            try await Redaction(secret: Self.secret).masked([unknown], Keyring(store: InMemorySealingKeys()))
        }
    }
}

extension ChatEvent {
    fileprivate var home: StreamName { place?.stream ?? .acknowledgements(NodeName("a")) }
}
