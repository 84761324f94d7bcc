import ChatApplication
import ChatDomain
import LogProof
import Sealing
import Testing

@Suite struct EventLeafTests {
    @Test func theLeafIsTheOneOfTheDocumentation() {
        let event = RecordedEvent(
            position: Position(1), type: "MessageSent", schema: 1, stream: StreamName("messages:group:7"), version: 3,
            touched: [StreamName("m:1")], cause: Cause(actor: UserID(5), session: nil, device: "pc", reference: nil),
            node: NodeName("a"), recordedAt: 946_684_800_000_001, payload: Array("{}".utf8))
        let expected = [
            "000d",  // 13 columns
            "00000008" + "0000000000000001",  // position
            "0000000b" + "4d65737361676553656e74",  // type
            "00000002" + "0001",  // schema
            "00000010" + "6d657373616765733a67726f75703a37",  // stream
            "00000008" + "0000000000000003",  // version
            "00000008" + "0000000000000005",  // actor
            "ffffffff",  // session: null
            "00000002" + "7063",  // device
            "00000001" + "61",  // node
            "00000008" + "0000000000000001",  // recorded_at
            "ffffffff",  // cause: null
            "0000001b" + "000000010000000000000019" + "0000000100000001" + "00000003" + "6d3a31",  // touched
            "00000002" + "7b7d",  // payload
        ]
        #expect(Hexadecimal.text(EventLeaf.bytes(of: event)) == expected.joined())
    }

    @Test func anEventComesBackFromItsLeaf() {
        for event in ProofSamples().events {
            let found = EventLeaf.event(of: EventLeaf.bytes(of: event))
            #expect(found.map { "\($0)" } == "\(event)")
        }
    }

    @Test func whatIsNotExactlyALeafIsNone() {
        let leaf = EventLeaf.bytes(of: ProofSamples.event(3))
        for count in 0..<leaf.count { #expect(EventLeaf.event(of: Array(leaf.prefix(count))) == nil) }
        #expect(EventLeaf.event(of: leaf + [0]) == nil)
        #expect(EventLeaf.event(of: [0, 12] + leaf.dropFirst(2)) == nil)
    }

    @Test func anyOtherEventHasAnotherLeaf() {
        let one = ProofSamples.event(3)
        var others = [RecordedEvent](repeating: one, count: 12)
        others[0].position = Position(4)
        others[1].type = "MessageSen"
        others[2].schema = 3
        others[3].stream = StreamName("messages:group:8")
        others[4].version = 4
        others[5].cause.actor = UserID(13)
        others[6].cause.session = SessionID("t")
        // The same letters on the other side of the border between two columns.
        others[7].cause.device = "laptopa"
        others[7].node = NodeName("")
        others[8].recordedAt += 1
        others[9].cause.reference = nil
        others[10].touched = [StreamName("ab")]
        others[11].payload.append(32)
        #expect(Set((others + [one]).map { EventLeaf.bytes(of: $0) }).count == 13)
    }
}
