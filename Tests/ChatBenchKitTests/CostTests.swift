import ChatApplication
import ChatDomain
import ChatTestKit
import JSONText
import Testing

@testable import ChatBenchKit

/// What is counted is what a node does: every stage takes messages in and gives as many out, in their real form.
@Suite("chat-bench costs")
struct CostTests {
    @Test(arguments: CostStage.allCases)
    func whatGoesIntoAStageComesOut(stage: CostStage) throws {
        let carrier = try stage.carrier()
        #expect(try carrier.carry(CostStage.warm) == CostStage.warm)
        #expect(try carrier.carry(300) == 300)
        #expect(try carrier.carry(0) == 0)
    }

    @Test(arguments: CostStage.allCases)
    func theMostMessagesOfARunAreThere(stage: CostStage) throws {
        #expect(try CostBench.carry(CostStage.most, through: stage) == CostStage.most)
    }

    @Test func receivedLinesBecomeTheirSendersCommands() throws {
        let receiving = try ReceiveCost()
        #expect(receiving.carry(20) == 20)
        let kept = receiving.node.intake.kept
        #expect(kept.map { $0.request.cause.actor?.value } == (0..<20).map { Int64($0 % CostStage.clients + 1) })
        var reader = StateReader { _ in nil }
        guard case .sendMessage(let message) = try kept[2].request.plan(&reader) else {
            Issue.record("not a message")
            return
        }
        #expect(message.target == .user(UserID(4)))
        #expect(message.text.utf8.count == CostNode.textBytes)
        // Nobody is answered.
        #expect(receiving.node.lines == 2 * CostStage.clients)
    }

    @Test func decidedBatchesAreOneAheadAndTheOthersTogether() throws {
        let deciding = try DecideCost()
        #expect(deciding.carry(CostStage.batch) == CostStage.batch)
        #expect(deciding.decided.count == CostStage.batch - 1)
        let types = deciding.decided.flatMap { $0.events.map(\.event.type) }
        #expect(types == Array(repeating: .messageSent, count: CostStage.batch - 1))
        #expect(deciding.decided.allSatisfy { $0.guards.count == 3 })
    }

    @Test func theTextIsSealedInWhatIsAppended() throws {
        let encoding = try EncodeCost()
        #expect(encoding.carry(CostStage.batch) == CostStage.batch)
        // A text with its nonce and tag, in base64, and the rest of its row.
        #expect(encoding.bytes > CostStage.batch * (CostNode.textBytes * 4 / 3))
        let pages = Array(encoding.pages(2, of: 3))
        #expect(pages.map { $0.map(\.type) } == Array(repeating: Array(repeating: "MessageSent", count: 3), count: 2))
        #expect(pages[1].map(\.position.value) == pages[0].map { $0.position.value + 3 })
        #expect(pages.joined().allSatisfy { !String(decoding: $0.payload, as: UTF8.self).contains("xxx") })
    }

    @Test func aReplySaysWhereTheMessageStands() throws {
        let replying = try ReplyCost()
        #expect(replying.carry(CostStage.clients) == CostStage.clients)
        let reply = try JSONValue.parse(Array(replying.lastLine.dropLast()))
        #expect(reply["result"]?["position"]?.intValue == 123_456)
        #expect(reply["result"]?["conversation"]?.stringValue == "direct:15:16")
        #expect(reply["id"]?.intValue == 16)
    }

    @Test func bothNodesOfAMessageAreSentAPack() throws {
        let relaying = try RelayCost()
        #expect(relaying.packs(for: NodeName("a")).count == relaying.packs(for: NodeName("b")).count)
        #expect(relaying.packs(for: NodeName("a")).count == (CostStage.most + CostStage.warm) / CostStage.batch)
    }

    @Test func theRecipientOfADirectMessageIsShownItsText() throws {
        let reading = try ReadCost(toGroup: false)
        #expect(reading.carry(CostStage.batch) == CostStage.batch)
        let push = try JSONValue.parse(Array(reading.lastPush.dropLast()))
        #expect(push["method"]?.stringValue == "message")
        #expect(push["params"]?["conversation"]?.stringValue == "direct:15:16")
        #expect(push["params"]?["text"]?.stringValue?.utf8.count == CostNode.textBytes)
        #expect(push["params"]?["from"]?["name"]?.stringValue == "user-15")
    }

    @Test func aGroupsMessageGoesToEverybodyButItsSender() throws {
        let reading = try ReadCost(toGroup: true)
        #expect(reading.carry(CostStage.groupRecipients) == CostStage.groupRecipients)
        let push = try JSONValue.parse(Array(reading.lastPush.dropLast()))
        #expect(push["params"]?["conversation"]?.stringValue == "group:1")
    }

    @Test func onlyWholeBatchesAndGroupsAreCarried() throws {
        #expect(try ProgramRun("chat-bench", ["costs", "--messages", "50"]).status == 2)
        #expect(try ProgramRun("chat-bench", ["costs", "--messages", "1100"]).status == 2)
        let run = try ProgramRun("chat-bench", ["costs", "--messages", "100", "--stage", "decide", "--json"])
        #expect(run.status == 0, "\(run.output)")
        #expect(run.jsonLines == [#"{"stage":"decide","messages":100}"#])
    }
}
