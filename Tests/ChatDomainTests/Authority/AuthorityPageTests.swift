import ChatDomain
import Foundation
import Testing

@Suite struct AuthorityPageTests {
    static let page = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/authority.md")

    /// With `WRITE_PAGES=1` in the environment, writes the page instead.
    @Test func thePageIsWhatTheTablePrints() throws {
        if ProcessInfo.processInfo.environment["WRITE_PAGES"] == "1" {
            try Authority.page.write(to: Self.page, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOf: Self.page, encoding: .utf8)
        #expect(written == Authority.page, "make pages writes it anew")
    }

    @Test func everyCommandOfTheContractHasRules() throws {
        let contract = try String(
            contentsOf: Self.page.deletingLastPathComponent().appending(path: "contract.md"), encoding: .utf8)
        // Rows of the tables of commands: | **A1** | `hello` | …
        var named: Set<String> = []
        for line in contract.split(separator: "\n") where line.hasPrefix("| **") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
            guard cells.count > 4, "AFGM".contains(cells[1].dropFirst(3).first ?? " ") else { continue }
            let words = cells[2].split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "." })
            named.formUnion(words.map(String.init))
        }
        #expect(named.count > 30)
        #expect(named == Set(Authority.methods))
    }

    @Test func everyRuleAnswersForEveryRelationOfItsScope() {
        for rule in Authority.rules {
            let without = rule.scope.relations.filter { rule.verdict($0) == .none }
            let expected: [Authority.Relation] =
                switch (rule.method, rule.about) {
                case ("kick", "the owner"): [.owner]
                case ("edit", _), ("recall", _), ("react", _), ("typing", _), ("read", _), ("history", _):
                    rule.scope == .person ? [.oneself] : []
                default: []
                }
            #expect(without == expected, "\(rule.method) \(rule.about)")
        }
    }
}
