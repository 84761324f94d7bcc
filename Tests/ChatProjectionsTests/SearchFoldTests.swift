import ChatDomain
import ChatProjections
import ChatTestKit
import Testing

@Suite struct SearchFoldTests {
    private let direct = Conversation.direct(UserID(3), UserID(9))

    private func message(_ text: String?) -> ChatEvent {
        .messageSent(MessageSent(conversation: direct, from: UserID(3), text: text))
    }

    private func texts(_ script: LogScript) -> [String] {
        script.tables.rows(SearchProjection.texts).values.sorted { $0[1].sqlText ?? "" < $1[1].sqlText ?? "" }
            .map { "\($0[1].sqlText ?? "") \($0[3].sqlText ?? "")" }
    }

    @Test func aTextIsStoredFoldedWithItsNumbers() throws {
        var script = LogScript([SearchProjection.self])
        try script.log(message("AbA BA"))
        let row = try #require(script.tables.rows(SearchProjection.texts).values.first)
        #expect(row[3] == .text("aba ba"))
        #expect(row[6] == .integers(SearchText.terms(direct, "aba ba")))
    }

    @Test func anEditIsFoundByItsNewTextAndARecalledMessageByNone() throws {
        var script = LogScript([SearchProjection.self])
        let position = try script.log(message("first"))
        try script.log(message("second"))
        let reference = MessageReference(conversation: direct, seq: 1, position: Position(position))
        try script.log(.messageEdited(MessageEdited(message: reference, by: UserID(3), text: "Changed")))
        #expect(texts(script) == ["1 changed", "2 second"])
        try script.log(.messageRecalled(MessageRecalled(message: reference, by: UserID(3))))
        #expect(texts(script) == ["2 second"])
    }

    @Test func aTextWhoseKeyIsGoneIsNotFound() throws {
        var script = LogScript([SearchProjection.self])
        try script.log(message(nil))
        #expect(texts(script).isEmpty)
    }

    @Test func textsGoWithTheirKeys() throws {
        var script = LogScript([SearchProjection.self])
        try script.log(message("of three"))
        try script.log(.messageSent(MessageSent(conversation: direct, from: UserID(9), text: "of nine")))
        let quarter = try #require(script.tables.rows(SearchProjection.texts).values.first?[5].sqlText)
        func destroy(_ user: UserID?, _ quarters: String...) throws {
            try script.log(.keyDestroyed(KeyDestroyed(user: user, purpose: .texts, quarters: quarters)))
        }
        try destroy(UserID(3), "1969Q4")
        try destroy(nil, "1969Q4", "1969Q3")
        try script.log(.keyDestroyed(KeyDestroyed(user: UserID(3), purpose: .person)))
        #expect(texts(script) == ["1 of three", "2 of nine"])
        try destroy(UserID(3), "1969Q4", quarter)
        #expect(texts(script) == ["2 of nine"])
        try destroy(nil, quarter)
        #expect(texts(script).isEmpty)
    }

    @Test func whatCannotBeStoredIsReplacedAndStaysFound() {
        #expect(SearchText.stored("a\u{0}b\u{1}c") == "a\u{FFFF}b\u{FFFF}c")
    }

    @Test func theNumbersAreThoseOfTheConversationAndOfEachPairOnce() {
        var random = SeededRandom.announced(for: "numbers")
        for _ in 1...200 {
            let alphabet = random.oneIn(3) ? Array("aé🎂b ") : Array("aAbB 9\u{7F}")
            let text = String((0..<random.number(0...40)).map { _ in alphabet[random.number(0...alphabet.count - 1)] })
            let scalars = Array(text.unicodeScalars)
            let pairs = Set(zip(scalars, scalars.dropFirst()).map { [$0, $1] })
            let numbers = SearchText.terms(direct, text)
            #expect(numbers.first == SearchText.number(of: direct) && numbers.count == 1 + pairs.count)
            #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
            #expect(SearchText.pairs(text) == Array(numbers.dropFirst()))
        }
    }

    @Test func aConversationHasANumberThatNoPairHas() {
        let places = [direct, .direct(UserID(3), UserID(10)), .group(GroupID(3)), .group(GroupID(9))]
        let numbers = places.map { SearchText.number(of: $0) }
        #expect(Set(numbers).count == places.count && numbers.allSatisfy { $0 < 0 })
        let widest = SearchText.pairs("\u{2}\u{2}\u{7F}\u{7F}\u{80}\u{10FFFF}\u{10FFFF}")
        #expect(widest.allSatisfy { $0 >= 0 } && widest.count == 6)
    }

    @Test func aTextThatContainsAnotherHasAllOfItsPairs() {
        for (text, part) in [("日本語の文", "語の"), ("한국어 검색", "국어 검"), ("straße", "aß"), ("👍🏽👍", "🏽👍"), ("né en", "en")] {
            #expect(Set(SearchText.pairs(text)).isSuperset(of: SearchText.pairs(part)))
        }
        #expect(SearchText.pairs("aaaa").count == 1)
        #expect(SearchText.pairs("a").isEmpty && SearchText.pairs("é").isEmpty && SearchText.pairs("").isEmpty)
    }
}
