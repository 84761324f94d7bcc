/// IP addresses from one to another one, as texts that stand in the addresses' own order: 32 hexadecimal digits each,
/// an IPv4 address as `::ffff:a.b.c.d` (RFC 4291, section 2.5.5.2).
public struct AddressRange: Sendable, Hashable {
    /// The first of them.
    public let first: String
    /// The last of them.
    public let last: String

    /// Reads an address, or a network as `192.0.2.0/24` or `2001:db8::/32`; nil if it is neither.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first, let groups = Self.groups(address) else { return nil }
        var bits = 128
        if parts.count > 1 {
            let widest = address.contains(":") ? 128 : 32
            guard let length = Int(parts[1]), (0...widest).contains(length), parts[1].first != "+" else { return nil }
            bits = 128 - widest + length
        }
        first = Self.text(groups.indices.map { groups[$0] & Self.mask($0, bits) })
        last = Self.text(groups.indices.map { groups[$0] | ~Self.mask($0, bits) })
    }

    /// Where an address stands in the order; nil for what is no address.
    public static func place(of address: String) -> String? { groups(address[...]).map(text) }

    /// Whether an address lies in it.
    public func contains(_ address: String) -> Bool {
        guard let place = Self.place(of: address) else { return false }
        return first <= place && place <= last
    }

    private static func mask(_ group: Int, _ bits: Int) -> UInt16 {
        let own = min(max(bits - group * 16, 0), 16)
        return own == 0 ? 0 : UInt16.max << UInt16(16 - own)
    }

    private static func text(_ groups: [UInt16]) -> String {
        groups.map { group in
            let digits = String(group, radix: 16)
            return String(repeating: "0", count: 4 - digits.utf8.count) + digits
        }.joined()
    }

    /// The eight groups of an address (RFC 4291, section 2.2), without the zone.
    private static func groups(_ address: Substring) -> [UInt16]? {
        guard address.contains(":") else {
            guard let pair = dotted(address) else { return nil }
            return [0, 0, 0, 0, 0, 0xFFFF] + pair
        }
        guard let text = address.split(separator: "%", omittingEmptySubsequences: false).first else { return nil }
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2, let head = half(halves[0]) else { return nil }
        guard halves.count == 2 else { return head.count == 8 ? head : nil }
        guard let tail = half(halves[1]), head.count + tail.count < 8 else { return nil }
        return head + [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail
    }

    private static func half(_ text: Substring) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        for part in text.split(separator: ":", omittingEmptySubsequences: false) {
            if part.contains(".") {
                guard let pair = dotted(part) else { return nil }
                groups += pair
            } else {
                guard (1...4).contains(part.utf8.count), part.first != "+", let group = UInt16(part, radix: 16) else {
                    return nil
                }
                groups.append(group)
            }
        }
        return groups
    }

    /// The two groups that four decimal numbers stand for.
    private static func dotted(_ text: Substring) -> [UInt16]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { $0.utf8.count <= 3 && $0.first != "+" ? UInt8($0) : nil }
        guard parts.count == 4, bytes.count == 4 else { return nil }
        return [UInt16(bytes[0]) << 8 | UInt16(bytes[1]), UInt16(bytes[2]) << 8 | UInt16(bytes[3])]
    }
}
