/// A few bits of a folded text that tell which texts it cannot contain. They are no text: nobody can read them, but who
/// guesses can confirm a guess, so they go with the key that seals the text.
///
/// Three neighbouring scalars set one bit; two of which not both are ASCII set three, for a word of two characters is
/// common in scripts that need few. A text that contains another one has all bits of it, in any script, and whether
/// words are set apart or not. Bits are chosen by SplitMix64's finalizer, and a text has 2.5 times as many as it may set,
/// up to a bound: beyond that it may contain nearly anything.
public enum TextSignature {
    /// Six bits a character, in characters that separate nothing: `?` to `~`.
    private static let width = 6
    private static let first: UInt8 = 0x3F
    /// Characters of a signature at most: those of a text of some 1,300 letters. So a row is never much larger than others.
    static let longest = 512
    /// Of a hash, for one bit.
    private static let sliceBits: UInt64 = 21
    private static let pairSlices = 3

    /// The signature of a folded text; empty if no bit would be set.
    public static func of(_ folded: String) -> String {
        var bytes: [UInt8] = []
        append(of: folded, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes the signature of a folded text behind other bytes.
    static func append(of folded: String, to bytes: inout [UInt8]) {
        let text = folded.utf8.span
        if text.indices.allSatisfy({ text[$0] < 0x80 }) { return append(ofPlain: text, to: &bytes) }
        let scalars = Array(folded.unicodeScalars.lazy.map(\.value))
        var count = 0
        forEachMark(scalars) { _, slices in count += slices }
        let start = bytes.count
        let bits = begin(count, &bytes)
        forEachMark(scalars) { hash, slices in
            for slice in 0..<slices { set(place(hash, slice, of: bits), in: &bytes, from: start) }
        }
        end(from: start, &bytes)
    }

    /// The same for ASCII, which most texts are: nothing is allocated.
    private static func append(ofPlain text: Span<UInt8>, to bytes: inout [UInt8]) {
        guard text.count > 2 else { return }
        let start = bytes.count
        let bits = begin(text.count - 2, &bytes)
        // Of a span: an array would be asked at every bit whether it has another owner.
        var marks = bytes.mutableSpan
        var (one, two) = (UInt64(text[0]), UInt64(text[1]))
        for index in 2..<text.count {
            let three = UInt64(text[index])
            let place = place(hash(one, two, three), 0, of: bits)
            marks[start + place / width] |= 1 &<< UInt8(place % width)
            (one, two) = (two, three)
        }
        end(from: start, &bytes)
    }

    /// Makes room for so many bits to be set; returns how many there are to choose from.
    private static func begin(_ count: Int, _ bytes: inout [UInt8]) -> UInt64 {
        let length = min((count * 5 / 2 + width - 1) / width, longest)
        bytes.append(contentsOf: repeatElement(0, count: length))
        return UInt64(length * width)
    }

    private static func set(_ place: Int, in bytes: inout [UInt8], from start: Int) {
        bytes[start + place / width] |= 1 << UInt8(place % width)
    }

    private static func end(from start: Int, _ bytes: inout [UInt8]) {
        for index in start..<bytes.count { bytes[index] += first }
    }

    /// What a text must have to contain another one.
    public struct Sought: Sendable {
        private var marks: [(hash: UInt64, slices: Int)] = []

        /// For this folded text.
        public init(_ folded: String) {
            forEachMark(Array(folded.unicodeScalars.lazy.map(\.value))) { marks.append(($0, $1)) }
        }

        /// Whether a text of this signature may contain it. Two letters alone have no bit, and may be in any text.
        public func mayBeIn(_ signature: Span<UInt8>) -> Bool {
            let bits = UInt64(signature.count * TextSignature.width)
            guard bits > 0 else { return marks.isEmpty }
            for mark in marks {
                for slice in 0..<mark.slices {
                    let place = TextSignature.place(mark.hash, slice, of: bits)
                    let character = signature[place / TextSignature.width] &- TextSignature.first
                    guard character & 1 << UInt8(place % TextSignature.width) != 0 else { return false }
                }
            }
            return true
        }
    }

    private static func forEachMark(_ scalars: [UInt32], _ body: (_ hash: UInt64, _ slices: Int) -> Void) {
        for index in scalars.indices.dropFirst() {
            let (one, two) = (UInt64(scalars[index - 1]), UInt64(scalars[index]))
            if one | two > 0x7F { body(mix(1 << 63 | one << sliceBits | two), pairSlices) }
            if index >= 2 { body(hash(UInt64(scalars[index - 2]), one, two), 1) }
        }
    }

    private static func hash(_ one: UInt64, _ two: UInt64, _ three: UInt64) -> UInt64 {
        mix(one << (2 * sliceBits) | two << sliceBits | three)
    }

    private static func place(_ hash: UInt64, _ slice: Int, of bits: UInt64) -> Int {
        let part = hash >> (UInt64(slice) * sliceBits) & (1 << sliceBits - 1)
        return Int((part * bits) >> sliceBits)
    }

    /// The finalizer of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators").
    private static func mix(_ number: UInt64) -> UInt64 {
        var mixed = number &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
