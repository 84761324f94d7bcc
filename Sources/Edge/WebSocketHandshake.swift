import TLS

/// The opening handshake, as a server answers it. Source: RFC 6455, section 4.2.
///
/// Pages of every origin may connect: a session needs a login that no browser adds by itself, so there is nothing that
/// another page's request could borrow.
public enum WebSocketHandshake {
    /// Names of the chat's protocol that a client may offer; the first of them that it offers is confirmed.
    static let subprotocols: Set<String> = ["parley", "jsonrpc", "jsonrpc-2.0"]

    /// What becomes of a request to upgrade.
    enum Outcome {
        /// These bytes are the answer; frames follow.
        case accepted([UInt8])
        /// It stays HTTP.
        case refused(HTTPResponse)
    }

    static func answer(_ head: HTTPHead) -> Outcome {
        guard head.isVersion11, head.names("websocket", in: "upgrade"), head.names("upgrade", in: "connection") else {
            return .refused(upgradeNeeded)
        }
        guard head.values("sec-websocket-version") == ["13"] else { return .refused(upgradeNeeded) }
        let keys = head.fields.filter { $0.name == "sec-websocket-key" }.map(\.value)
        guard keys.count == 1, isSixteenBytes(keys[0]), !head.hasContent else {
            return .refused(.plain(400))
        }
        var answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        answer += "Sec-WebSocket-Accept: \(accept(keys[0]))\r\n"
        if let chosen = head.values("sec-websocket-protocol").first(where: { subprotocols.contains($0) }) {
            answer += "Sec-WebSocket-Protocol: \(chosen)\r\n"
        }
        return .accepted(Array((answer + "\r\n").utf8))
    }

    static func accept(_ key: String) -> String {
        Base64Text.encode(SHA1.digest(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }

    /// Whether a key is 16 bytes in base64.
    private static func isSixteenBytes(_ key: String) -> Bool {
        let characters = Array(key.utf8)
        return characters.count == 24 && key.hasSuffix("==") && characters[..<22].allSatisfy(isOfBase64)
    }

    private static func isOfBase64(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    private static var upgradeNeeded: HTTPResponse {
        .plain(426, fields: [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")])
    }
}
