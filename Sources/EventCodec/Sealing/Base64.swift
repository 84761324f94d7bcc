/// Base64 (RFC 4648, section 4), with padding and nothing else tolerated.
enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
    private static let invalid: UInt8 = 0xFF

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: invalid, count: 256)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        encode(bytes, into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the letters.
    static func encode(_ bytes: [UInt8], into text: inout [UInt8]) {
        let alphabet = alphabet
        var place = 0
        while place + 2 < bytes.count {
            let (one, two, three) = (bytes[place], bytes[place + 1], bytes[place + 2])
            text.append(alphabet[Int(one >> 2)])
            text.append(alphabet[Int((one & 3) << 4 | two >> 4)])
            text.append(alphabet[Int((two & 15) << 2 | three >> 6)])
            text.append(alphabet[Int(three & 63)])
            place += 3
        }
        guard place < bytes.count else { return }
        let (one, two) = (bytes[place], place + 1 < bytes.count ? bytes[place + 1] : 0)
        text.append(alphabet[Int(one >> 2)])
        text.append(alphabet[Int((one & 3) << 4 | two >> 4)])
        text.append(place + 1 < bytes.count ? alphabet[Int((two & 15) << 2)] : padding)
        text.append(padding)
    }

    /// Nil unless the text is exactly what `encode` writes for some bytes.
    static func decode(_ text: String) -> [UInt8]? { decode(Array(text.utf8)[...]) }

    /// Nil unless the letters are exactly what `encode` writes for some bytes.
    static func decode(_ letters: ArraySlice<UInt8>) -> [UInt8]? {
        let values = values
        guard letters.count.isMultiple(of: 4) else { return nil }
        let content = letters.count - min(2, letters.reversed().prefix { $0 == padding }.count)
        let whole = letters.startIndex + content / 4 * 4
        // Only what is invalid has one of the upper bits.
        var seen: UInt8 = 0
        var bytes = [UInt8](capacity: letters.count / 4 * 3) { bytes in
            var place = letters.startIndex
            while place < whole {
                let one = values[Int(letters[place])], two = values[Int(letters[place + 1])]
                let three = values[Int(letters[place + 2])], four = values[Int(letters[place + 3])]
                seen |= one | two | three | four
                bytes.append(one << 2 | two >> 4)
                bytes.append(two << 4 | three >> 2)
                bytes.append(three << 6 | four)
                place += 4
            }
        }
        guard seen & 0xC0 == 0 else { return nil }
        var group: UInt32 = 0
        var bits: UInt32 = 0
        for letter in letters[whole...].prefix(content % 4) {
            let value = values[Int(letter)]
            guard value != invalid else { return nil }
            group = (group << 6 | UInt32(value)) & 0xFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> bits))
            }
        }
        guard group & (1 << bits - 1) == 0 else { return nil }
        return bytes
    }
}
