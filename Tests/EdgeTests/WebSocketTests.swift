import Testing

@testable import Edge

@Suite struct WebSocketHandshakeTests {
    private func answer(_ fields: [String], method: String = "GET", version: String = "1.1") -> String {
        var reader = HTTPHeadReader()
        let lines = ["\(method) /ws HTTP/\(version)", "Host: a"] + fields
        guard case .head(let head, _) = reader.push(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)) else {
            return "no head"
        }
        return switch WebSocketHandshake.answer(head) {
        case .accepted(let bytes): String(decoding: bytes, as: UTF8.self)
        case .refused(let response): "\(response.status)"
        }
    }

    private static let good = [
        "Upgrade: WebSocket", "Connection: keep-alive, Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]

    @Test func theKeyIsAnsweredAsTheStandardsExampleSays() {
        let reply = answer(Self.good)
        #expect(reply.hasPrefix("HTTP/1.1 101 "))
        #expect(reply.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
        #expect(!reply.contains("Protocol:") && !reply.contains("Extensions:"))
    }

    @Test func anOriginIsNotAskedForAndASubprotocolThatIsKnownIsConfirmed() {
        let reply = answer(
            Self.good + [
                "Origin: https://elsewhere.example", "Sec-WebSocket-Protocol: soap, jsonrpc",
                "Sec-WebSocket-Protocol: parley",
                "Sec-WebSocket-Extensions: permessage-deflate",
            ])
        #expect(reply.contains("Sec-WebSocket-Protocol: jsonrpc\r\n"))
        #expect(!reply.contains("Extensions:"))
        #expect(!answer(Self.good + ["Sec-WebSocket-Protocol: soap"]).contains("Protocol:"))
    }

    @Test func whatIsNoHandshakeStaysHTTP() {
        #expect(answer([]) == "426")
        #expect(answer(Self.good, version: "1.0") == "426")
        #expect(answer(Self.good.map { $0.replacing("13", with: "8") }) == "426")
        for key in ["", "short", "dGhlIHNhbXBsZSBub25jZ=Q=", "dGhlIHNhbXBsZSBub25jZQAA"] {
            #expect(answer(Self.good.dropLast() + ["Sec-WebSocket-Key: \(key)"]) == "400")
        }
        #expect(answer(Self.good + [Self.good[3]]) == "400")
    }
}

@Suite struct WebSocketCodecTests {
    private func frame(_ opcode: UInt8, _ payload: [UInt8], isLast: Bool = true, length: [UInt8]? = nil) -> [UInt8] {
        let count = payload.count
        let lengthBytes = length ?? (count < 126 ? [UInt8(count)] : [126, UInt8(count >> 8), UInt8(count & 255)])
        let mask: [UInt8] = [1, 2, 3, 4]
        return [opcode | (isLast ? 0x80 : 0), 0x80 | lengthBytes[0]] + lengthBytes.dropFirst() + mask
            + payload.enumerated().map { $0.element ^ mask[$0.offset % 4] }
    }

    private func text(_ text: String, isLast: Bool = true) -> [UInt8] { frame(1, Array(text.utf8), isLast: isLast) }

    @Test func aMessageComesWholeHoweverItIsCut() {
        let bytes = text("{\"a\"", isLast: false) + frame(9, [7]) + frame(0, Array(":1}".utf8)) + text("é")
        for step in [1, 2, 5, bytes.count] {
            let codec = WebSocketCodec(messageLimit: 100)
            var events: [WebSocketCodec.Event] = []
            var pongs: [UInt8] = []
            for start in stride(from: 0, to: bytes.count, by: step) {
                events += codec.receive(Array(bytes[start..<min(start + step, bytes.count)]))
                pongs += codec.takePongs()
            }
            #expect(events == [.text(Array("{\"a\":1}".utf8)), .text(Array("é".utf8))])
            #expect(pongs == [0x8A, 1, 7])
        }
    }

    /// The events of bytes, and the close frame that answers them.
    private func end(_ bytes: [UInt8], limit: Int = 100) -> (events: [WebSocketCodec.Event], close: [UInt8]) {
        let codec = WebSocketCodec(messageLimit: limit)
        let events = codec.receive(bytes)
        #expect(codec.receive(text("ignored")).isEmpty)
        #expect(codec.takePongs().isEmpty)
        let close = codec.close(.normal)
        #expect(codec.close(.goingAway).isEmpty, "it closes once")
        return (events, close)
    }

    @Test func eachBrokenRuleHasItsStatus() {
        #expect(end(frame(2, [1])) == ([.ended], [0x88, 2, 0x03, 0xEB]))
        #expect(end(frame(1, [0xC3, 0x28])) == ([.ended], [0x88, 2, 0x03, 0xEF]))
        #expect(end(frame(1, [0xC3])) == ([.ended], [0x88, 2, 0x03, 0xEF]))
        #expect(end(text(String(repeating: "x", count: 101))) == ([.ended], [0x88, 2, 0x03, 0xF1]))
        let broken: [UInt8] = [0x88, 2, 0x03, 0xEA]
        #expect(end(frame(0, [1])) == ([.ended], broken))
        #expect(end(frame(3, [1])) == ([.ended], broken))
        #expect(end(frame(9, [1], isLast: false)) == ([.ended], broken))
        #expect(end([0x81, 1, 65]) == ([.ended], broken), "a client masks")
        #expect(end(frame(0x40 | 1, [65])) == ([.ended], broken), "no extension was agreed on")
        #expect(end(frame(1, [65], length: [126, 0, 1])) == ([.ended], broken), "a length has one form")
    }

    @Test func aMessageInPiecesIsBoundedAsAWhole() {
        let piece = [UInt8](repeating: 65, count: 60)
        let (events, close) = end(frame(1, piece, isLast: false) + frame(0, piece))
        #expect(events == [.ended])
        #expect(close == [0x88, 2, 0x03, 0xF1])
    }

    @Test func aLengthBeyondTheLimitIsRefusedBeforeItsPayloadHasCome() {
        let (events, close) = end([0x81, 0x80 | 127, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5])
        #expect(events == [.ended])
        #expect(close == [0x88, 2, 0x03, 0xF1])
    }

    @Test func aCloseIsAnsweredWithItsOwnStatusAndOnlyWhenAskedFor() {
        let (events, close) = end(text("before") + frame(8, [0x0F, 0xA0]) + text("behind"))
        #expect(events == [.text(Array("before".utf8)), .ended])
        #expect(close == [0x88, 2, 0x0F, 0xA0])
        #expect(end(frame(8, [])) == ([.ended], [0x88, 0]))
    }

    @Test func theServerClosesWithAStatusOfItsOwn() {
        let codec = WebSocketCodec(messageLimit: 100)
        #expect(codec.close(.goingAway) == [0x88, 2, 0x03, 0xE9])
        #expect(codec.close(.normal).isEmpty)
    }

    @Test func aHeaderSaysHowLongTheMessageIs() {
        #expect(WebSocketCodec.header(ofMessage: 125) == [0x81, 125])
        #expect(WebSocketCodec.header(ofMessage: 126) == [0x81, 126, 0, 126])
        #expect(WebSocketCodec.header(ofMessage: 65_535) == [0x81, 126, 255, 255])
        #expect(WebSocketCodec.header(ofMessage: 65_536) == [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0])
    }
}
