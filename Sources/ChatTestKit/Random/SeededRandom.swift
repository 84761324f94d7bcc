import Foundation

/// Random numbers that come again with the same seed, and the choices that tests make with them.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    /// What the numbers follow from.
    public let seed: UInt64
    private var numbers: SplitMix64

    /// The numbers of a seed.
    public init(seed: UInt64) {
        self.seed = seed
        numbers = SplitMix64(seed: seed)
    }

    /// The numbers of the seed in the environment's `CHAT_SEED`, else of a fresh one; either way the seed is
    /// printed, so that a failure can be seen again.
    public static func announced(for purpose: String) -> SeededRandom {
        let given = ProcessInfo.processInfo.environment["CHAT_SEED"].flatMap { UInt64($0) }
        let random = SeededRandom(seed: given ?? UInt64.random(in: 1...999_999_999))
        print("\(purpose): CHAT_SEED=\(random.seed)")
        return random
    }

    /// The next number, every value alike.
    public mutating func next() -> UInt64 { numbers.next() }

    /// A number of the range, every one alike.
    public mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// True once in `count` times.
    public mutating func oneIn(_ count: Int) -> Bool { number(1...count) == 1 }

    /// One of the elements; the first if there is only one. There must be one.
    public mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[number(0...elements.count - 1)]
    }

    /// A text of at most `bytes` bytes of UTF-8 in which what is often got wrong is frequent: U+0000, quotation
    /// marks, backslashes, control characters, line separators, emoji of several scalars, marks without a base.
    public mutating func text(upTo bytes: Int) -> String {
        let pieces = [
            "\u{0}", "\"", "\\", "\n", "\r\n", "\t", "\u{7F}", "\u{2028}", "é", "e\u{301}", "\u{301}", "ß", "漢", "👍🏽",
            "👩‍👩‍👧", "🇩🇪", "\u{FFFD}", "\u{FEFF}", "\u{202E}", "a", "Z", "0", " ", ":", ",", "{", "}", "/", "\u{10FFFF}",
        ]
        let length = number(0...bytes)
        var text = ""
        while true {
            let piece = pick(pieces)
            guard text.utf8.count + piece.utf8.count <= length else { return text }
            text += piece
        }
    }
}
