import ChatDomain
import Testing

@testable import EventCodec

@Suite struct UpcasterTests {
    @Test(arguments: EventType.allCases)
    func everySchemaThatWasEverWrittenCanBeBroughtUp(_ type: EventType) throws {
        let newest = EventCodec.currentSchema(of: type)
        #expect(newest >= 1)
        for schema in 1..<newest { #expect(Upcaster.table[Upcaster.Step(type: type, from: schema)] != nil) }
    }

    @Test func thereIsNoStepThatLeadsNowhere() {
        for step in Upcaster.table.keys {
            #expect((1..<EventCodec.currentSchema(of: step.type)).contains(step.from))
        }
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
