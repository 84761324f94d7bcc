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

    @Test func aTextIsStoredFoldedWithItsPairs() throws {
        var script = LogScript([SearchProjection.self])
        try script.log(message("AbA BA"))
        let row = try #require(script.tables.rows(SearchProjection.texts).values.first)
        #expect(row[3] == .text("aba ba"))
        #expect(row[4] == .text("direct:3:9\u{1}ab\u{1}ba\u{1}a \u{1} b"))
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
        let quarter = try #require(script.tables.rows(SearchProjection.texts).values.first?[6].sqlText)
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
        let stored = SearchText.stored("a\u{0}b\u{1}c")
        #expect(stored == "a\u{FFFF}b\u{FFFF}c")
        #expect(SearchText.pairs(stored).allSatisfy { !$0.unicodeScalars.contains(SearchText.separator) })
    }

    @Test func termsAreTheFirstAndThePairs() {
        var random = SeededRandom.announced(for: "terms")
        for _ in 1...200 {
            let alphabet = random.oneIn(3) ? Array("aé🎂b ") : Array("aAbB 9\u{7F}")
            let text = String((0..<random.number(0...40)).map { _ in alphabet[random.number(0...alphabet.count - 1)] })
            #expect(
                SearchText.terms("group:7", text)
                    == (["group:7"] + SearchText.pairs(text)).joined(separator: String(SearchText.separator)))
        }
    }

    @Test func aTextThatContainsAnotherHasAllOfItsPairs() {
        for (text, part) in [("日本語の文", "語の"), ("한국어 검색", "국어 검"), ("straße", "aß"), ("👍🏽👍", "🏽👍")] {
            #expect(Set(SearchText.pairs(text)).isSuperset(of: SearchText.pairs(part)))
        }
        #expect(SearchText.pairs("aaaa") == ["aa"])
        #expect(SearchText.pairs("a").isEmpty)
    }
}
