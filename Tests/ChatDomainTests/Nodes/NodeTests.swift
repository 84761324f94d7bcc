import ChatDomain
import ChatTestKit
import Testing

@Suite struct NodeTests {
    let joined = ChatEvent.nodeJoined(NodeJoined(node: node))
    let lost = ChatEvent.nodeLost(NodeLost(node: node, graceful: false))

    @Test func aNodeJoinsWhateverIsKnownOfIt() {
        for scenario in [Scenario(), Scenario(given: joined), Scenario(given: joined, lost)] {
            #expect(scenario.when(.joinCluster(node)) == .decided(joined, .done))
        }
    }

    @Test func aLivingNodeIsLostOnce() {
        #expect(
            Scenario(given: joined).when(.leaveCluster(node, graceful: false)) == .decided(lost, .done))
        for scenario in [Scenario(), Scenario(given: joined, lost)] {
            #expect(scenario.when(.leaveCluster(node, graceful: false)) == .nothing)
        }
    }

    @Test func aJoiningEndsTheSessionsOfTheLifeBefore() {
        #expect(joined.routing == .nodeLost(node))
        #expect(lost.routing == .nodeLost(node))
    }
}
