import Testing

@testable import ChatClientKit

@Suite struct StatusPromptTests {
    @Test func whoIsLoggedInIsShownWithTheNode() {
        #expect(StatusPrompt(user: "bob", node: "a", isConnected: true).text == "bob@a> ")
        #expect(StatusPrompt(user: "bob", isConnected: true).text == "bob> ")
        #expect(StatusPrompt().text == "nobody (not connected)> ")
    }

    @Test(arguments: [(0, "0ms"), (12, "12ms"), (999, "999ms"), (1000, "1s"), (2900, "2s")])
    func theLastAnswersTimeIsShownFromASecondOnInSeconds(latency: Int, shown: String) {
        #expect(StatusPrompt(user: "bob", node: "a", latency: latency, isConnected: true).text == "bob@a \(shown)> ")
    }

    @Test func aLagIsShownWhereMessagesComeLate() {
        var prompt = StatusPrompt(user: "bob", node: "a", latency: 12, isConnected: true)
        prompt.lag = StatusPrompt.tolerance - 1
        #expect(prompt.text == "bob@a 12ms> ")
        prompt.lag = StatusPrompt.tolerance
        #expect(prompt.text == "bob@a 12ms lag 2s> ")
    }

    @Test func whileTheBacklogComesNothingIsLate() {
        let prompt = StatusPrompt(
            user: "bob", node: "a", latency: 12, lag: 90, isCatchingUp: true, isConnected: true, unread: 3)
        #expect(prompt.text == "bob@a 12ms catching up 3 unread> ")
    }

    @Test func withoutAConnectionNothingIsSaidOfIt() {
        let prompt = StatusPrompt(
            user: "bob", node: "a", latency: 12, lag: 90, isCatchingUp: true, unread: 3, partner: "ann")
        #expect(prompt.text == "bob (not connected) 3 unread → ann> ")
    }

    @Test func namesAreCutAndCannotActOnTheTerminal() {
        let prompt = StatusPrompt(
            user: "bob\u{1B}[2J", node: "a-node-with-a-long-name", isConnected: true, partner: "日本語日本語日本語")
        #expect(prompt.text == "bob^[[2J@a-node-with… → 日本語日本…> ")
    }
}
