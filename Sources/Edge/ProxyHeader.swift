/// The PROXY protocol's header, versions 1 and 2: what a balancer says of the client's true address.
/// Source: the protocol's specification by HAProxy Technologies.
public struct ProxyHeader: Sendable, Equatable {
    /// The client's address without the port; nil if the balancer speaks for itself (`UNKNOWN`, `LOCAL`).
    public var address: String?

    /// What the first bytes of a connection came to.
    public enum Output: Sendable, Equatable {
        /// More bytes are needed.
        case more
        /// The header, and how many bytes it took.
        case header(ProxyHeader, length: Int)
        /// These bytes are no header: the connection must be closed.
        case invalid
    }

    private static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]
    private static let longestText = 107
    /// Bytes of addresses and extensions that version 2 may carry here.
    private static let longestBinary = 1_024

    /// Reads the header at the beginning of a connection's bytes.
    public static func read(_ bytes: [UInt8]) -> Output {
        let common = min(bytes.count, signature.count)
        if bytes.prefix(common).elementsEqual(signature.prefix(common)) {
            return bytes.count < 16 ? .more : binary(bytes)
        }
        let word = Array("PROXY ".utf8)
        let start = min(bytes.count, word.count)
        guard bytes.prefix(start).elementsEqual(word.prefix(start)) else { return .invalid }
        return text(bytes)
    }

    private static func text(_ bytes: [UInt8]) -> Output {
        guard let end = bytes.prefix(longestText).firstIndex(of: UInt8(ascii: "\n")) else {
            return bytes.count >= longestText ? .invalid : .more
        }
        guard end > 0, bytes[end - 1] == UInt8(ascii: "\r") else { return .invalid }
        let words = String(decoding: bytes[..<(end - 1)], as: UTF8.self)
            .split(separator: " ", omittingEmptySubsequences: false)
        if words.dropFirst().first == "UNKNOWN" { return .header(ProxyHeader(address: nil), length: end + 1) }
        guard words.count == 6, UInt16(words[4]) != nil, UInt16(words[5]) != nil else { return .invalid }
        let address: String? =
            switch words[1] {
            case "TCP4": IPAddressText.ipv4(words[2])
            case "TCP6": IPAddressText.ipv6(words[2])
            default: nil
            }
        guard let address else { return .invalid }
        return .header(ProxyHeader(address: address), length: end + 1)
    }

    private static func binary(_ bytes: [UInt8]) -> Output {
        let length = Int(bytes[14]) << 8 | Int(bytes[15])
        guard bytes[12] >> 4 == 2, length <= longestBinary else { return .invalid }
        let least = [0x11: 12, 0x21: 36][Int(bytes[12] & 15) | Int(bytes[13] & 0xF0)] ?? 0
        guard length >= least else { return .invalid }
        guard bytes.count >= 16 + length else { return .more }
        let address: String? =
            switch (bytes[12] & 15, bytes[13] >> 4) {
            case (1, 1): bytes[16..<20].map(String.init).joined(separator: ".")
            case (1, 2): IPAddressText.ipv6(bytes[16..<32])
            case (0, _), (1, _): nil
            default: nil
            }
        guard bytes[12] & 15 <= 1 else { return .invalid }
        return .header(ProxyHeader(address: address), length: 16 + length)
    }
}
