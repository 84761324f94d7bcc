import Testing

@testable import ChatBenchKit

@Suite("Stanzas from the server")
struct StanzaTests {
    private func scan(_ text: String) -> (stanza: ScannedStanza, bytes: [UInt8]) {
        let bytes = Array(text.utf8)
        return (StanzaScanner.scan(bytes, bytes.indices), bytes)
    }

    private func cut(_ text: String, every size: Int) -> [String] {
        let bytes = Array(text.utf8)
        var splitter = StanzaSplitter()
        var found: [String] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            splitter.take(Array(bytes[start..<min(start + size, bytes.count)])) {
                found.append(String(decoding: $0[$1], as: UTF8.self))
            }
        }
        return found
    }

    @Test(arguments: [1, 2, 3, 5, 7, 11, 13, 17, 64, 1000])
    func stanzasAreTheSameHoweverTheyAreCut(size: Int) {
        let begin = "<stream:stream id='1' xmlns='jabber:client'>"
        let inside = [
            "<stream:features><a><a/></a><b x='>'/></stream:features>", "<success/>",
            "<message id=\"</message>\"><archived/><body>a &lt; b</body></message>", "<r xmlns='urn:xmpp:sm:3'/>",
            "<a h='2' xmlns='urn:xmpp:sm:3'/>",
        ]
        let text = "<?xml version='1.0'?>" + begin + inside.joined(separator: " \n") + "</stream:stream><mess"
        #expect(cut(text, every: size) == [begin] + inside + ["</stream:stream>"])
    }

    @Test func aMessageGivesItsBodyAsItStandsThere() {
        let (stanza, bytes) = scan(
            "<message from='a@b/c' type='chat' id='7'><archived id='<body>'/><x><y/></x><body xml:lang='en'>"
                + "b1 2 3 4 &amp;</body><subject>no</subject></message>")
        #expect(stanza.kind == .message && !stanza.isError)
        #expect(String(decoding: bytes[stanza.text], as: UTF8.self) == "b1 2 3 4 &amp;")
    }

    @Test func anAcknowledgementGivesHowManyAreHandled() {
        #expect(scan("<a xmlns='urn:xmpp:sm:3' h='42'/>").stanza == ScannedStanza(kind: .acknowledgement, handled: 42))
        #expect(scan("<a h=\"7\"/>").stanza.handled == 7)
        #expect(scan("<a hh='7' x='h='/>").stanza.handled == 0)
    }

    @Test func anErrorKeepsItsIdAndSaysWhatIsWrong() {
        let (stanza, bytes) = scan(
            "<message type='error' id='9'><body>b1 2 3 4 </body><error code='503' type='cancel'>"
                + "<service-unavailable xmlns='x'/><text>t</text></error></message>")
        #expect(stanza.isError && stanza.id == 9)
        #expect(StanzaScanner.condition(bytes, bytes.indices) == "service-unavailable")
        #expect(StanzaScanner.condition(Array("<message/>".utf8), 0..<10) == "unreadable error")
    }

    @Test(arguments: [
        ("<presence from='a'/>", ScannedStanza.Kind.presence), ("<iq type='result'/>", .request),
        ("<r xmlns='urn:xmpp:sm:3'/>", .acknowledgementRequest), ("</stream:stream>", .streamEnd),
        ("<stream:error><conflict/></stream:error>", .streamEnd), ("<stream:stream id='1'>", .other),
        ("<success/>", .other), ("<messages/>", .other), ("nothing", .other), ("", .other),
    ])
    func stanzasAreToldApart(text: String, kind: ScannedStanza.Kind) {
        let (stanza, _) = scan(text)
        #expect(stanza.kind == kind)
        #expect(stanza.kind.isCounted == (kind == .presence || kind == .request))
    }

    @Test func everyTruncationIsSurvived() {
        let whole = "<message type='error' id='7'><x y='z'/><body>text</body><error><a/></error></message>"
        for length in 0..<whole.utf8.count {
            let part = String(whole.prefix(length))
            let (stanza, bytes) = scan(part)
            #expect(stanza.text.upperBound <= bytes.count)
            _ = StanzaScanner.condition(bytes, bytes.indices)
            #expect(cut(part, every: 1000) == [])
        }
    }

    @Test func aStanzaCarriesItsStampAndSizeAndAsksToBeAcknowledged() throws {
        let template = StanzaTemplate(type: "chat", to: "a@b", run: 12, sender: 34, size: 100)
        let line = String(decoding: template.line(number: 56, intended: 7890), as: UTF8.self)
        let text = "b12 34 56 7890 " + String(repeating: "x", count: 85)
        #expect(
            line == "<message type='chat' to='a@b' id='56'><body>\(text)</body></message><r xmlns='urn:xmpp:sm:3'/>")
    }

    @Test(arguments: ["", "x", "1x", "-1", " 1", "1234567890123456789"])
    func whatIsNoNumberIsNotRead(text: String) {
        let bytes = Array(text.utf8)
        #expect(Decimal.read(bytes, bytes.indices) == nil)
        #expect(Decimal.read(Array("x123x".utf8), 1..<4) == 123)
    }
}
