/// Addresses in the one form in which they are compared, counted and logged: IPv4 as four numbers, IPv6 after
/// RFC 5952, and an IPv4 address in IPv6 clothes as IPv4.
enum IPAddressText {
    /// The form of an IPv4 address that came as text; nil if it is none.
    static func ipv4(_ text: Substring) -> String? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var numbers: [String] = []
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = UInt8(part)
            else { return nil }
            numbers.append(String(number))
        }
        return numbers.joined(separator: ".")
    }

    /// The form of an IPv6 address that came as text; nil if it is none.
    static func ipv6(_ text: Substring) -> String? {
        let halves = split(text)
        guard let head = groups(halves.head) else { return nil }
        guard let rest = halves.tail else { return head.count == 8 ? shortened(head) : nil }
        guard let tail = groups(rest), head.count + tail.count < 8 else { return nil }
        return shortened(head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail)
    }

    /// The form of an IPv6 address of 16 bytes.
    static func ipv6(_ bytes: some Collection<UInt8>) -> String {
        let values = Array(bytes)
        return shortened((0..<8).map { UInt16(values[$0 * 2]) << 8 | UInt16(values[$0 * 2 + 1]) })
    }

    /// What stands before and behind the first `::`; no tail if there is none.
    private static func split(_ text: Substring) -> (head: Substring, tail: Substring?) {
        var previous: Character?
        for index in text.indices {
            if previous == ":", text[index] == ":" {
                return (text[..<text.index(before: index)], text[text.index(after: index)...])
            }
            previous = text[index]
        }
        return (text, nil)
    }

    private static func groups(_ text: Substring) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, let dotted = ipv4(part) {
                let numbers = dotted.split(separator: ".").compactMap { UInt16($0) }
                groups += [numbers[0] << 8 | numbers[1], numbers[2] << 8 | numbers[3]]
            } else {
                guard (1...4).contains(part.utf8.count), part.first?.isHexDigit == true,
                    let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups.count <= 8 ? groups : nil
    }

    private static func shortened(_ groups: [UInt16]) -> String {
        if groups[..<5].allSatisfy({ $0 == 0 }), groups[5] == 0xFFFF {
            return groups[6...].flatMap { [String($0 >> 8), String($0 & 0xFF)] }.joined(separator: ".")
        }
        let zeros = longestZeros(groups)
        let text = groups.map { String($0, radix: 16) }
        guard zeros.count >= 2 else { return text.joined(separator: ":") }
        return text[..<zeros.lowerBound].joined(separator: ":") + "::"
            + text[zeros.upperBound...].joined(separator: ":")
    }

    private static func longestZeros(_ groups: [UInt16]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in groups.indices {
            if groups[index] != 0 { start = index + 1 }
            if index + 1 - start > longest.count { longest = start..<(index + 1) }
        }
        return longest
    }
}
