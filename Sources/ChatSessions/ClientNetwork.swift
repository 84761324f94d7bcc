/// What limits by address count by: an IPv4 address, or the /64 of an IPv6 address, for who has one has all in it.
enum ClientNetwork {
    /// Of an address as text; what is no address stands for itself.
    static func name(of address: String) -> String {
        guard address.contains(":"), let groups = groups(address) else { return address }
        if groups[..<5].allSatisfy({ $0 == 0 }), groups[5] == 0xFFFF {
            return groups[6...].flatMap { ["\($0 >> 8)", "\($0 & 0xFF)"] }.joined(separator: ".")
        }
        return groups[..<4].map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
    }

    /// The eight groups of an IPv6 address (RFC 4291, section 2.2).
    private static func groups(_ address: String) -> [UInt16]? {
        guard let text = address.split(separator: "%", omittingEmptySubsequences: false).first else { return nil }
        let halves = text.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.dropFirst().allSatisfy({ !$0.contains("::") }) else { return nil }
        let parts = halves.map { half in half.split(separator: ":").map { group(String($0)) } }
        let known = parts.map { part in part.flatMap { $0 } }
        guard parts.joined().allSatisfy({ !$0.isEmpty }), let head = known.first else { return nil }
        let tail = known.count > 1 ? known[1] : []
        let missing = 8 - head.count - tail.count
        guard known.count > 1 ? missing >= 0 : missing == 0 else { return nil }
        return head + Array(repeating: 0, count: missing) + tail
    }

    /// One group, or the two that an IPv4 address at the end stands for; none if it is neither.
    private static func group(_ text: String) -> [UInt16] {
        if let group = UInt16(text, radix: 16) { return [group] }
        let bytes = text.split(separator: ".").compactMap { UInt8($0) }
        guard bytes.count == 4 else { return [] }
        return [UInt16(bytes[0]) << 8 | UInt16(bytes[1]), UInt16(bytes[2]) << 8 | UInt16(bytes[3])]
    }
}
