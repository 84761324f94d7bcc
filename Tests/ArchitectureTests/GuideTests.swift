import Testing

/// `docs/adding-a-command.md` goes along with the sources.
@Suite("The guide to adding a command")
struct GuideTests {
    private func guide() throws -> GuidePage { GuidePage(try SourceTree.text(of: "docs/adding-a-command.md")) }

    @Test func everyBlockStandsInTheFileThatItNames() throws {
        let guide = try guide()
        #expect(guide.hunks.count > 20)
        let stray = guide.strayHunks { try? SourceTree.text(of: $0) }
        #expect(stray == [])
    }

    @Test func everySymbolThatItNamesStandsInAFileThatItNames() throws {
        let guide = try guide()
        #expect(guide.symbols.contains("friendCommand"))
        let files = Checkers.filesNamed(in: guide.prose).filter { $0.hasSuffix(".swift") }
        let unknown = guide.unknownSymbols(try files.map { try SourceTree.text(of: $0) })
        #expect(unknown == [])
    }

    @Test func aBlockThatIsStaleOrInTwoPlacesIsFound() {
        let file = "enum A {\n    case one\n    case two\n}\n    case two\n"
        func stray(_ block: String) -> Int {
            GuidePage("Text.\n```diff A.swift\n\(block)\n```\n").strayHunks { $0 == "A.swift" ? file : nil }.count
        }
        #expect(stray("     case one\n+    case more\n     case two") == 0)
        #expect(stray("     case one\n@@\n }") == 0)
        #expect(stray("     case two") == 1)
        #expect(stray("     case one\n }") == 1)
        #expect(stray("     case") == 1)
        #expect(stray("+    case more") == 1)
        let nowhere = GuidePage("```diff B.swift\n a\n```").strayHunks { _ in nil }
        #expect(nowhere.count == 1)
    }

    @Test func aSymbolThatIsNowhereIsFound() {
        let page = GuidePage("`.known`, `made(up:)`, `gone`, `two words`\n```swift A.swift\nfunc made() {}\n```\n")
        #expect(page.symbols == ["known", "made", "gone"])
        #expect(page.unknownSymbols(["let known = 1", "let goneBy = 2"]) == ["gone"])
    }
}
