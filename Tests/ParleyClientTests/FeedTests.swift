import JSONText
import Testing

@testable import ParleyClient

/// As a program with a consumer behind the feed has it.
private func consuming() -> Dialogue {
    var dialogue = Dialogue(token: "T") { $0.resumesBehindAcknowledged = true }
    dialogue.open()
    return dialogue
}

extension Dialogue {
    /// A lost connection, the next one, and the answer to its login.
    fileprivate mutating func comeBack() -> [String] {
        _ = lose()
        _ = wait(60_000)
        let login = Array(connect().dropFirst())
        return login + server(#"{"jsonrpc":"2.0","id":\#(lastId),"result":{"epoch":"e","position":99}}"#).dropFirst()
    }
}

@Suite struct FeedTests {
    @Test func theFeedGoesOnBehindWhatWasAcknowledgedAndNotBehindWhatCame() {
        var dialogue = consuming()
        #expect(dialogue.push("message", 11).count == 1)
        #expect(dialogue.push("message", 12).count == 1)
        #expect(dialogue.acknowledge(11) == [#"→ ack {"position":11}"#])
        #expect(
            dialogue.comeBack() == [
                #"→ login {"token":"T","device":"phone","since":11,"epoch":"e"}"#, #"→ ack {"position":11}"#,
            ])
        #expect(dialogue.push("message", 12).count == 1)
    }

    @Test func whatWasAcknowledgedWhileThereWasNoConnectionIsSaidByTheNext() {
        var dialogue = consuming()
        _ = dialogue.push("message", 11)
        _ = dialogue.lose()
        #expect(dialogue.acknowledge(11) == [])
        _ = dialogue.wait(60_000)
        #expect(dialogue.connect().last == #"→ login {"token":"T","device":"phone","since":11,"epoch":"e"}"#)
        let opened = dialogue.server(#"{"jsonrpc":"2.0","id":\#(dialogue.lastId),"result":{}}"#)
        #expect(opened.last == #"→ ack {"position":11}"#)
    }

    @Test func whoHasAcknowledgedNothingIsShownTheFeedFromWhereTheServerHasIt() {
        var dialogue = consuming()
        _ = dialogue.push("message", 11)
        #expect(dialogue.comeBack() == [#"→ login {"token":"T","device":"phone"}"#])
    }

    @Test func ownCommandsAreKnownUntilTheFeedCannotShowThemAnyMore() {
        var dialogue = consuming()
        _ = dialogue.submit("chat", "a")
        _ = dialogue.server(#"{"jsonrpc":"2.0","id":3,"result":{"position":12}}"#)
        _ = dialogue.push("message", 13)
        _ = dialogue.comeBack()
        #expect(dialogue.push("message", 12) == [])
        #expect(dialogue.push("message", 13).count == 1)
        _ = dialogue.acknowledge(13)
        #expect(dialogue.machine.ownPositions == [])
    }

    @Test func aFeedThatWasSkippedIsReadAgainWhenTheAnswersHaveCome() {
        var dialogue = consuming()
        _ = dialogue.push("message", 11)
        _ = dialogue.acknowledge(11)
        _ = dialogue.submit("chat", "a")
        dialogue.machine.skipFeed()
        #expect(dialogue.push("message", 12) == [])
        #expect(dialogue.reread() == [])
        #expect(dialogue.submit("chat", "b", tag: 2) == [])
        #expect(
            dialogue.server(#"{"jsonrpc":"2.0","id":3,"result":{"seq":1}}"#) == [
                #"reply(tag: 1, {"seq":1})"#, "disconnect", "connect",
            ])
        #expect(dialogue.connect().last == #"→ login {"token":"T","device":"phone","since":11,"epoch":"e"}"#)
        let opened = dialogue.server(#"{"jsonrpc":"2.0","id":\#(dialogue.lastId),"result":{}}"#)
        #expect(opened.last == #"→ chat {"key":"b"}"#)
        #expect(dialogue.push("message", 12).count == 1)
    }

    @Test func whoReadsNothingDoesNotTakeTheServerForSilent() {
        var dialogue = consuming()
        dialogue.machine.hears(false, at: 0)
        for _ in 0..<4 { #expect(dialogue.wait(30_000) == ["→ ping {}"]) }
        dialogue.machine.hears(true, at: dialogue.now)
        #expect(dialogue.wait(29_999) == [])
        #expect(dialogue.wait(1) == ["→ ping {}"])
    }

    @Test func aRequestThatWaitsCanBeTakenBackAndOneThatWasSentCannot() {
        var dialogue = consuming()
        _ = dialogue.submit("chat", "a")
        let isFirstTakenBack = dialogue.machine.withdraw(1)
        #expect(!isFirstTakenBack)
        _ = dialogue.lose()
        _ = dialogue.submit("chat", "b", tag: 2)
        let isSecondTakenBack = dialogue.machine.withdraw(2)
        #expect(isSecondTakenBack)
    }
}

@Suite struct BackoffTests {
    /// What is waited after each of some lost connections.
    private func waits(random: Double, retryAfter: Int = 0) -> [Int] {
        var dialogue = Dialogue(token: "T", random: random) { $0.patience = nil }
        dialogue.open()
        return (0..<8).map { _ in
            _ = dialogue.machine.disconnected("gone", at: dialogue.now, retryAfter: retryAfter)
            guard case .waiting(let until) = dialogue.machine.phase else { return -1 }
            let wait = until - dialogue.now
            _ = dialogue.wait(wait)
            return wait
        }
    }

    @Test func theWholeOfAWaitIsJitter() {
        #expect(waits(random: 1) == [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000])
        #expect(waits(random: 0.5) == [125, 250, 500, 1000, 2000, 4000, 7500, 7500])
        #expect(waits(random: 0) == [0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func whatTheServerAsksForIsWaitedForInAnyCase() {
        #expect(waits(random: 0, retryAfter: 3000) == [Int](repeating: 3000, count: 8))
        #expect(waits(random: 1, retryAfter: 3000).prefix(2) == [3250, 3500])
    }

    @Test func aBusyServerIsAskedAgainAfterWhatItAsksForAndSomeJitter() {
        var dialogue = Dialogue(token: "T", random: 0.5)
        dialogue.open()
        _ = dialogue.submit("chat", "a")
        let busy = #""error":{"code":503,"message":"later","data":{"reason":"unavailable","retryAfter":400}}}"#
        _ = dialogue.server(#"{"jsonrpc":"2.0","id":3,\#(busy)"#)
        #expect(dialogue.wait(524) == [])
        #expect(dialogue.wait(1) == [#"→ chat {"key":"a"}"#])
    }

    @Test func aLoginThatWorksMakesTheNextTroubleANewOne() {
        var dialogue = Dialogue(token: "T") { $0.patience = nil }
        dialogue.open()
        for _ in 0..<4 {
            _ = dialogue.lose()
            _ = dialogue.wait(60_000)
        }
        _ = dialogue.connect()
        _ = dialogue.server(#"{"jsonrpc":"2.0","id":\#(dialogue.lastId),"result":{}}"#)
        #expect(dialogue.lose().last == #"lost("gone", retryIn: 250)"#)
    }
}

extension FeedBuffer {
    /// The positions of all that waits, -1 for what has none.
    fileprivate mutating func taken() -> [Int64] {
        var positions: [Int64] = []
        while let push = next() { positions.append(push.position ?? -1) }
        return positions
    }
}

@Suite struct FeedBufferTests {
    private func push(_ position: Int64, _ method: String = "message") -> Push {
        Push(method: method, params: ["position": .integer(position)])
    }

    @Test func itIsFullAtItsLimitAndOverfullAtTwice() {
        var buffer = FeedBuffer(limit: 100)
        buffer.add(push(1), bytes: 99)
        #expect(buffer.hasRoom)
        buffer.add(push(2), bytes: 1)
        #expect(!buffer.hasRoom && !buffer.isOverfull)
        buffer.add(push(3), bytes: 100)
        #expect(buffer.isOverfull)
        #expect(buffer.taken() == [1, 2, 3])
        #expect(buffer.bytes == 0 && buffer.isEmpty)
    }

    @Test func whatComesAgainIsHandedOutOnce() {
        var buffer = FeedBuffer(limit: 100)
        for position: Int64 in 1...4 { buffer.add(push(position), bytes: 1) }
        _ = buffer.next()
        _ = buffer.next()
        buffer.forget()
        for position: Int64 in 1...5 { buffer.add(push(position), bytes: 1) }
        #expect(buffer.taken() == [3, 4, 5])
    }

    @Test func whatIsInNoLogIsKeptWhateverItsPosition() {
        var buffer = FeedBuffer(limit: 100)
        buffer.add(push(5), bytes: 1)
        buffer.add(push(5, "caughtup"), bytes: 1)
        buffer.add(Push(method: "typing", params: [:]), bytes: 1)
        #expect(buffer.taken() == [5, 5, -1])
    }

    @Test func afterARestoreTheSamePositionsAreNewOnes() {
        var buffer = FeedBuffer(limit: 100)
        for position: Int64 in 1...4 { buffer.add(push(position), bytes: 1) }
        _ = buffer.taken()
        buffer.reset(to: 2)
        for position: Int64 in 2...4 { buffer.add(push(position), bytes: 1) }
        #expect(buffer.taken() == [3, 4])
    }
}

@Suite struct ServerAddressTests {
    @Test func addressesAreReadAsPeopleWriteThem() {
        #expect(ServerAddress("example.org:7000") == ServerAddress(host: "example.org", port: 7000))
        #expect(ServerAddress("[::1]:7000")?.description == "[::1]:7000")
        for text in ["", "host", "host:", ":70", "::1:70", "host:0", "host:70000", "host:+70", "a b:70"] {
            #expect(ServerAddress(text) == nil, "\(text)")
        }
    }
}
