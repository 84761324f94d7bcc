import ChatDomain
import JSONText
import Testing

@testable import EventCodec

@Suite struct UpcasterTests {
    /// A history of three schemas: a member was renamed, then another one added.
    private enum Renamed: Int, StoredSchema {
        case first = 1
        case second
        case third

        func broughtUp(_ payload: JSONObject) -> JSONObject {
            switch self {
            case .first: Self.second.broughtUp(["text": payload["body"] ?? ""])
            case .second: Self.third.broughtUp(JSONObject(payload.members.map { ($0.name, $0.value) } + [("tags", [])]))
            case .third: payload
            }
        }
    }

    @Test(arguments: zip(1...3, [["body": "hi"], ["text": "hi"], ["text": "hi", "tags": []]] as [JSONObject]))
    func everyOlderSchemaComesToTheNewestShape(_ schema: Int, _ payload: JSONObject) {
        #expect(Upcaster.bringUp(payload, through: Renamed.self, from: schema) == ["text": "hi", "tags": []])
    }

    @Test(arguments: [0, -1, 4])
    func aSchemaThatWasNeverWrittenIsNotRead(_ schema: Int) {
        #expect(Upcaster.bringUp([:], through: Renamed.self, from: schema) == nil)
        #expect(throws: EventCodecError.unknownSchema("NodeJoined", schema)) {
            try Upcaster.bringUp([:], of: .nodeJoined, from: schema)
        }
    }

    @Test(arguments: EventType.allCases)
    func theSchemasOfATypeAreNumberedFromOneWithoutGaps(_ type: EventType) {
        func numbers<Schema: StoredSchema>(_: Schema.Type) -> [Int] { Schema.allCases.map(\.rawValue) }
        #expect(numbers(type.schemas) == Array(EventCodec.storedSchemas(of: type)))
        #expect(EventCodec.currentSchema(of: type) == numbers(type.schemas).last)
    }
}

@Suite struct Base64Tests {
    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func theExamplesOfTheStandardHold(_ plain: String, _ text: String) {
        #expect(Base64.encode(Array(plain.utf8)) == text)
        #expect(Base64.decode(text) == Array(plain.utf8))
    }

    @Test func allBytesComeBack() {
        for count in 0...70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
        let all = (0...255).map { UInt8($0) }
        #expect(Base64.decode(Base64.encode(all)) == all)
    }

    @Test(arguments: ["Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zm9v\n", "Zm 9", "Zg==Zg==", "Zm-_"])
    func whatIsNoBase64IsRefused(_ text: String) { #expect(Base64.decode(text) == nil) }
}
