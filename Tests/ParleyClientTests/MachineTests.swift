import JSONText
import Testing

@testable import ParleyClient

@Suite struct MachineTests {
    @Test func aTokenOpensTheSessionWithoutThePassword() {
        var dialogue = Dialogue(token: "T", password: "secret12")
        #expect(dialogue.connect() == ["→ hello {}", #"→ login {"token":"T","device":"phone"}"#])
        let events = dialogue.server(#"{"jsonrpc":"2.0","id":2,"result":{"token":"T","position":4}}"#)
        #expect(events.count == 1 && events[0].contains("isResumed: false"))
        #expect(dialogue.machine.phase == .ready)
    }

    @Test func aRefusedTokenIsForgottenAndThePasswordUsed() {
        var dialogue = Dialogue(feed: false, token: "T", password: "secret12")
        _ = dialogue.connect()
        #expect(
            dialogue.server(
                #"{"jsonrpc":"2.0","id":2,"error":{"code":401,"message":"no","data":{"reason":"bad_token"}}}"#)
                == ["tokenRefused", #"→ login {"name":"bob","password":"secret12","feed":false}"#])
        #expect(
            dialogue.server(
                #"{"jsonrpc":"2.0","id":3,"error":{"code":401,"message":"no","data":{"reason":"bad_credentials"}}}"#
            ).first?.contains("bad_credentials") == true)
        #expect(dialogue.machine.phase == .anonymous)
    }

    @Test func withoutTokenAndPasswordTheUserIsAsked() {
        var dialogue = Dialogue()
        #expect(dialogue.connect() == ["→ hello {}", "passwordNeeded(nil)"])
        let actions = dialogue.machine.logIn(as: "bob", token: nil, password: "secret12", at: 0)
        #expect(actions.count == 1)
    }

    @Test func aLostConnectionIsResumedBehindWhatWasPushed() {
        var dialogue = Dialogue(token: "T")
        dialogue.open()
        _ = dialogue.server(#"{"jsonrpc":"2.0","method":"message","params":{"position":17,"text":"hi"}}"#)
        #expect(dialogue.lose() == ["disconnect", #"lost("gone", retryIn: 250)"#])
        #expect(dialogue.wait(249) == [])
        #expect(dialogue.wait(1) == ["connect"])
        #expect(
            dialogue.connect() == [
                "→ hello {}", #"→ login {"token":"T","device":"phone","since":17,"epoch":"e"}"#,
            ])
        let events = dialogue.server(#"{"jsonrpc":"2.0","id":4,"result":{"position":20}}"#)
        #expect(events.first?.contains("isResumed: true") == true)
    }

    @Test func attemptsComeEverMoreRarelyAndWithinBounds() {
        var dialogue = Dialogue(token: "T") { $0.patience = nil }
        dialogue.open()
        var waits: [Int] = []
        for _ in 0..<9 {
            _ = dialogue.lose()
            guard case .waiting(let until) = dialogue.machine.phase else { break }
            waits.append(until - dialogue.now)
            _ = dialogue.wait(until - dialogue.now)
        }
        #expect(waits == [250, 500, 1000, 2000, 4000, 8000, 15000, 15000, 15000])
    }

    @Test func patienceHasAnEnd() {
        var first = Dialogue(token: "T")
        #expect(first.lose() == ["disconnect", #"stopped(ParleyClient.StopReason.unreachable("gone"))"#])
        var later = Dialogue(token: "T")
        later.open()
        #expect(later.lose().last?.hasPrefix("lost") == true)
        _ = later.wait(30_000)
        #expect(later.lose().last?.hasPrefix("stopped") == true)
    }

    @Test func aServerThatTakesConnectionsAndNeverAnswersIsGivenUpSoon() {
        for patience in [30_000, nil] {
            var dialogue = Dialogue(token: "T") { $0.patience = patience }
            var attempts = 0
            while dialogue.machine.phase != .idle, attempts < 100 {
                attempts += 1
                _ = dialogue.connect()
                _ = dialogue.lose()
                if case .waiting(let until) = dialogue.machine.phase { _ = dialogue.wait(until - dialogue.now) }
            }
            #expect(dialogue.now == ClientOptions.unanswered && attempts == 7)
        }
        var silent = Dialogue(token: "T")
        _ = silent.connect()
        #expect(silent.machine.nextTick(at: silent.now) == ClientOptions.unanswered)
        #expect(silent.wait(ClientOptions.unanswered).last?.hasPrefix("stopped") == true)
        // Whoever has no patience for another try still waits for the answer to this one.
        var impatient = Dialogue(token: "T") { $0.patience = 0 }
        _ = impatient.connect()
        #expect(impatient.machine.nextTick(at: impatient.now) == ClientOptions.unanswered)
        #expect(impatient.wait(ClientOptions.unanswered).last?.hasPrefix("stopped") == true)
    }

    @Test func aServerThatHasAnsweredOnceIsBorneForLonger() {
        var dialogue = Dialogue(token: "T")
        dialogue.open()
        _ = dialogue.lose()
        _ = dialogue.wait(ClientOptions.unanswered)
        _ = dialogue.connect()
        #expect(dialogue.lose().last?.hasPrefix("lost") == true)
    }

    @Test func commandsInFlightAreSentAgainInTheirOrderUnderTheirKeys() {
        var dialogue = Dialogue(token: "T")
        dialogue.open()
        #expect(dialogue.submit("chat", "a") == [#"→ chat {"key":"a"}"#])
        _ = dialogue.submit("chat", "b", tag: 2)
        _ = dialogue.submit("chat", "c", tag: 3)
        #expect(dialogue.server(#"{"jsonrpc":"2.0","id":3,"result":{"seq":1}}"#) == [#"reply(tag: 1, {"seq":1})"#])
        _ = dialogue.lose()
        #expect(dialogue.submit("chat", "d", tag: 4) == [])
        _ = dialogue.wait(1000)
        _ = dialogue.connect()
        let sent = dialogue.server(#"{"jsonrpc":"2.0","id":\#(dialogue.lastId),"result":{}}"#)
        #expect(sent.dropFirst() == [#"→ chat {"key":"b"}"#, #"→ chat {"key":"c"}"#, #"→ chat {"key":"d"}"#])
    }

    @Test func whatMustNotHappenTwiceIsReportedInsteadOfRepeated() {
        var dialogue = Dialogue(token: "T")
        dialogue.open()
        _ = dialogue.submit("deleteaccount", "x", retry: .never, tag: 9)
        #expect(dialogue.lose() == ["disconnect", "unknown(tag: 9)", #"lost("gone", retryIn: 250)"#])
        #expect(!dialogue.machine.isBusy)
    }

    @Test func aBusyServerIsAskedAgainLaterAndNothingOvertakes() {
        var dialogue = Dialogue(token: "T")
        dialogue.open()
        _ = dialogue.submit("chat", "a")
        _ = dialogue.submit("chat", "b", tag: 2)
        let busy = #""error":{"code":503,"message":"later","data":{"reason":"unavailable","retryAfter":400}}}"#
        #expect(dialogue.server(#"{"jsonrpc":"2.0","id":4,\#(busy)"#) == [])
        #expect(dialogue.server(#"{"jsonrpc":"2.0","id":3,\#(busy)"#) == [])
        #expect(dialogue.submit("chat", "c", tag: 3) == [])
        #expect(dialogue.wait(399) == [])
        #expect(dialogue.wait(1000) == [#"→ chat {"key":"a"}"#, #"→ chat {"key":"b"}"#, #"→ chat {"key":"c"}"#])
    }

    @Test func aRefusalIsReportedAndNotRepeated() {
        var dialogue = Dialogue(token: "T")
        dialogue.open()
        _ = dialogue.submit("chat", "a")
        let events = dialogue.server(
            #"{"jsonrpc":"2.0","id":3,"error":{"code":404,"message":"who?","data":{"reason":"no_such_user"}}}"#)
        #expect(events == ["refused(tag: 1, error 404 no_such_user: who?)"])
        #expect(dialogue.wait(10_000) == [])
    }

    @Test func theServersLimitIsKeptSoThatNothingIsRefused() {
        var dialogue = Dialogue(token: "T") { $0.window = 1000 }
        _ = dialogue.connect()
        _ = dialogue.server(
            #"{"jsonrpc":"2.0","id":1,"result":{"limits":{"rate.commands":10,"rate.burst":20,"timeout.idle":90}}}"#)
        _ = dialogue.server(#"{"jsonrpc":"2.0","id":2,"result":{}}"#)
        var sent = 0
        for number in 0..<100 { sent += dialogue.submit("chat", "\(number)", tag: number).count }
        #expect(sent <= 20)
        var seconds = 0
        while sent < 100 {
            let more = dialogue.wait(1000).count
            #expect(more <= 10)
            sent += more
            seconds += 1
            if seconds > 60 { break }
        }
        #expect(sent == 100)
        #expect(seconds <= 12)
    }

    @Test func onlyABoundedNumberWaitsForAnswersAndForSending() {
        var dialogue = Dialogue(token: "T") {
            $0.window = 2
            $0.queue = 3
        }
        dialogue.open()
        var sent = 0
        for number in 0..<5 { sent += dialogue.submit("chat", "\(number)", tag: number).count }
        #expect(sent == 2)
        let one = Request(tag: 6, method: "chat", params: [:], retry: .freely, needsLogin: true)
        #expect(dialogue.machine.submit(one, at: 0) == nil)
        #expect(dialogue.server(#"{"jsonrpc":"2.0","id":3,"result":{}}"#).count == 2)
    }

    @Test func whoWasReplacedDoesNotComeBack() {
        var dialogue = Dialogue(token: "T")
        dialogue.open()
        let events = dialogue.server(#"{"jsonrpc":"2.0","method":"goaway","params":{"reason":"replaced"}}"#)
        #expect(events.suffix(2) == ["disconnect", "stopped(ParleyClient.StopReason.replaced)"])
        #expect(dialogue.wait(100_000) == [])
    }

    @Test func aDrainingServerIsLeftForAsLongAsItAsks() {
        var dialogue = Dialogue(token: "T")
        dialogue.open()
        let events = dialogue.server(
            #"{"jsonrpc":"2.0","method":"goaway","params":{"reason":"draining","retryAfter":2000}}"#)
        #expect(events.last == #"lost("the server closed the connection (draining)", retryIn: 2250)"#)
        #expect(dialogue.wait(2000) == [])
        #expect(dialogue.wait(250) == ["connect"])
    }

    @Test func aRestoredServerMovesTheCursorBack() {
        var dialogue = Dialogue(token: "T")
        dialogue.open()
        _ = dialogue.server(#"{"jsonrpc":"2.0","method":"message","params":{"position":90}}"#)
        _ = dialogue.lose()
        _ = dialogue.wait(1000)
        _ = dialogue.connect()
        _ = dialogue.server(
            #"{"jsonrpc":"2.0","id":\#(dialogue.lastId),"result":{"epoch":"f","reset":{"position":50}}}"#)
        _ = dialogue.lose()
        _ = dialogue.wait(1000)
        #expect(dialogue.connect().last == #"→ login {"token":"T","device":"phone","since":50,"epoch":"f"}"#)
    }

    @Test func ownMessagesAreNotShownAgainAfterAReconnect() {
        var dialogue = Dialogue(token: "T")
        dialogue.open()
        _ = dialogue.submit("chat", "a")
        _ = dialogue.server(#"{"jsonrpc":"2.0","id":3,"result":{"position":12}}"#)
        _ = dialogue.lose()
        _ = dialogue.wait(1000)
        _ = dialogue.connect()
        _ = dialogue.server(#"{"jsonrpc":"2.0","id":5,"result":{}}"#)
        #expect(dialogue.server(#"{"jsonrpc":"2.0","method":"message","params":{"position":11}}"#).count == 1)
        #expect(dialogue.server(#"{"jsonrpc":"2.0","method":"message","params":{"position":12}}"#) == [])
        #expect(dialogue.machine.position == 12)
    }

    @Test func anIdleConnectionShowsASignOfLifeAndADeadOneIsNoticed() {
        var dialogue = Dialogue(token: "T")
        dialogue.open()
        #expect(dialogue.machine.nextTick(at: 0) == 30_000)
        #expect(dialogue.wait(30_000) == ["→ ping {}"])
        _ = dialogue.server(#"{"jsonrpc":"2.0","id":3,"result":{}}"#)
        #expect(dialogue.wait(29_999) == [])
        #expect(dialogue.wait(1) == ["→ ping {}"])
        #expect(dialogue.wait(19_999) == [])
        #expect(dialogue.wait(1).first == "disconnect")
    }

    @Test func anAcknowledgementIsSentOnce() {
        var dialogue = Dialogue(token: "T")
        dialogue.open()
        #expect(dialogue.machine.acknowledge(upTo: 12, at: 0).count == 1)
        #expect(dialogue.machine.acknowledge(upTo: 12, at: 0) == [])
        #expect(dialogue.machine.acknowledge(upTo: 11, at: 0) == [])
    }

    @Test func whatTheServerCannotReadAsOneFrameIsNotSent() {
        var dialogue = Dialogue(token: "T")
        dialogue.open()
        let long = String(repeating: "x", count: 65_536)
        #expect(dialogue.submit("chat", long).first?.contains("frame_too_large") == true)
        #expect(!dialogue.machine.isBusy)
    }

    @Test func aServerThatSpeaksSomethingElseIsLeft() {
        var dialogue = Dialogue(token: "T")
        dialogue.open()
        #expect(dialogue.server("HTTP/1.1 400 Bad Request").first == "disconnect")
    }

    @Test func aBatchOfRepliesIsTakenApart() {
        var dialogue = Dialogue(token: "T")
        dialogue.open()
        _ = dialogue.submit("chat", "a")
        _ = dialogue.submit("chat", "b", tag: 2)
        let batch = #"[{"jsonrpc":"2.0","id":3,"result":1},{"jsonrpc":"2.0","id":4,"result":2}]"#
        #expect(dialogue.server(batch) == ["reply(tag: 1, 1)", "reply(tag: 2, 2)"])
    }

    @Test func loggingOutEndsTheSessionButNotTheConnection() {
        var dialogue = Dialogue(token: "T")
        dialogue.open()
        _ = dialogue.submit("logout", "x", retry: .never)
        _ = dialogue.server(#"{"jsonrpc":"2.0","id":3,"result":{}}"#)
        #expect(dialogue.machine.phase == .anonymous)
        #expect(dialogue.machine.token == nil)
    }
}

@Suite struct LineFramerTests {
    @Test func linesAreCutWhereverThePacketsEnd() {
        var framer = LineFramer()
        #expect(framer.take(Array("ab".utf8)) == [])
        #expect(framer.take(Array("c\r\n\n\r\nd\ne".utf8)) == [Array("abc".utf8), Array("d".utf8)])
        #expect(framer.take(Array("\n".utf8)) == [Array("e".utf8)])
    }

    @Test func aFrameWithoutEndIsNotKept() {
        var framer = LineFramer()
        #expect(framer.take([UInt8](repeating: 65, count: LineFramer.longestFrame + 1)) == nil)
    }
}
