import ChatProjections
import ChatTestKit
import Testing

@Suite struct TextSignatureTests {
    private func mayContain(_ text: String, _ part: String) -> Bool {
        let signature = Array(TextSignature.of(text).utf8)
        return TextSignature.Sought(part).mayBeIn(signature.span)
    }

    @Test func aTextThatContainsAnotherOneHasAllOfItsBits() {
        for (text, part) in [("日本語の文", "語の"), ("한국어 검색", "국어 검"), ("straße", "aß"), ("👍🏽👍", "🏽👍"), ("né en", "en")] {
            #expect(mayContain(text, part), "\(part)")
        }
        var random = SeededRandom.announced(for: "signatures")
        for _ in 1...300 {
            let alphabet = Array((random.oneIn(3) ? "aé🎂b 語" : "aAbB 9\u{7F}\0").unicodeScalars)
            var text = String.UnicodeScalarView()
            for _ in 0..<random.number(2...60) { text.append(alphabet[random.number(0...alphabet.count - 1)]) }
            let start = text.index(text.startIndex, offsetBy: random.number(0...text.count - 2))
            let end = text.index(start, offsetBy: random.number(2...text.distance(from: start, to: text.endIndex)))
            #expect(mayContain(String(text), String(text[start..<end])), "\(String(text).debugDescription)")
        }
    }

    @Test func mostTextsThatDoNotContainAnotherOneLackABitOfIt() {
        let text = "the quick brown fox jumps over the lazy dog, and then it sleeps until the morning comes"
        for part in ["meeting", "invoice", "tomorrow", "会議", "日曜日"] { #expect(!mayContain(text, part), "\(part)") }
        let words = (0..<1_000).map { "word \($0 * 7_919 % 10_000)" }
        let found = words.filter { mayContain("of this text only word 77 is to be found", $0) }
        #expect(found.count < 60)
    }

    @Test func twoLettersMayBeAnywhereAndMoreNotInLess() {
        #expect(mayContain("xyz", "ab") && mayContain("", "ab") && mayContain("ab", "ab"))
        #expect(!mayContain("ab", "abc") && !mayContain("", "日本"))
    }

    @Test func aSignatureIsTheSameEverywhereAndSeparatesNothing() {
        #expect(TextSignature.of("") == "" && TextSignature.of("ab") == "")
        #expect(TextSignature.of("hello world") == "@?m@")
        #expect(TextSignature.of("東京へ") == "CST")
        let longest = TextSignature.of((0..<4_000).map { "\($0) " }.joined())
        #expect(longest.utf8.count == 512)
        #expect(mayContain((0..<4_000).map { "\($0) " }.joined(), "3999"))
        let long = TextSignature.of(String(repeating: "語 and more of it; ", count: 50))
        #expect(long.utf8.allSatisfy { (0x3F...0x7E).contains($0) })
    }
}
