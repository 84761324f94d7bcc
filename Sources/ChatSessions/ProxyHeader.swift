/// The PROXY protocol's header, versions 1 and 2: what a balancer says of the client's true address.
/// Source: the protocol's specification by HAProxy Technologies.
struct ProxyHeader: Sendable, Equatable {
    /// The client's address without the port; nil if the balancer speaks for itself (`UNKNOWN`, `LOCAL`).
    var address: String?

    /// What the first bytes of a connection came to.
    enum Output: Sendable, Equatable {
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
    static func read(_ bytes: [UInt8]) -> Output {
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
        let words = String(decoding: bytes[..<(end - 1)], as: UTF8.self).split(separator: " ")
        switch words.dropFirst().first {
        case "UNKNOWN": return .header(ProxyHeader(address: nil), length: end + 1)
        case "TCP4", "TCP6":
            guard words.count == 6 else { return .invalid }
            return .header(ProxyHeader(address: String(words[2])), length: end + 1)
        default: return .invalid
        }
    }

    private static func binary(_ bytes: [UInt8]) -> Output {
        let length = Int(bytes[14]) << 8 | Int(bytes[15])
        guard bytes[12] >> 4 == 2, length <= longestBinary else { return .invalid }
        guard bytes.count >= 16 + length else { return .more }
        let address: String? =
            switch (bytes[12] & 15, bytes[13] >> 4) {
            case (1, 1) where length >= 12: bytes[16..<20].map(String.init).joined(separator: ".")
            case (1, 2) where length >= 36: sixteen(bytes[16..<32])
            case (0, _), (1, _): nil
            default: nil
            }
        guard bytes[12] & 15 <= 1 else { return .invalid }
        return .header(ProxyHeader(address: address), length: 16 + length)
    }

    /// An IPv6 address as eight groups, not shortened.
    private static func sixteen(_ bytes: ArraySlice<UInt8>) -> String {
        let values = Array(bytes)
        return (0..<8).map { String(Int(values[$0 * 2]) << 8 | Int(values[$0 * 2 + 1]), radix: 16) }
            .joined(separator: ":")
    }
}
