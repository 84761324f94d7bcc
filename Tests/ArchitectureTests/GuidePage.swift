import Foundation

/// A page that carries a change through the sources: its blocks are fenced as "```diff PATH", with lines of that file
/// as they stand today and, marked with a plus, those that the change adds.
struct GuidePage: Sendable {
    /// Lines that stand one after the other in one file, but for those that are added.
    struct Hunk: Sendable, Equatable {
        var path: String
        var lines: [String]

        /// What stands in the file today: context, and lines with a minus.
        var today: String { lines.filter { !$0.hasPrefix("+") }.map { String($0.dropFirst()) }.joined(separator: "\n") }
    }

    /// The blocks' hunks, which "@@" parts.
    let hunks: [Hunk]
    /// Everything outside of fences.
    let prose: String
    /// The code that the page makes up: added lines, and the blocks fenced as "```swift PATH".
    let madeUp: String

    init(_ page: String) {
        var hunks: [Hunk] = []
        var (prose, madeUp): ([String], [String]) = ([], [])
        var fence: (kind: String, path: String)?
        for line in page.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("```") {
                let words = line.dropFirst(3).split(separator: " ", maxSplits: 1).map(String.init)
                fence = fence == nil ? (words.first ?? "", words.count > 1 ? words[1] : "") : nil
                if let fence, fence.kind == "diff" { hunks.append(Hunk(path: fence.path, lines: [])) }
            } else if let fence {
                if fence.kind == "diff", line == "@@" {
                    hunks.append(Hunk(path: fence.path, lines: []))
                } else if fence.kind == "diff" {
                    hunks[hunks.count - 1].lines.append(line)
                }
                if fence.kind == "swift" || line.hasPrefix("+") { madeUp.append(line) }
            } else {
                prose.append(line)
            }
        }
        self.hunks = hunks
        self.prose = prose.joined(separator: "\n")
        self.madeUp = madeUp.joined(separator: "\n")
    }

    /// Hunks that do not stand in their file, or stand in it more than once, so that nobody knows which is meant.
    func strayHunks(_ text: (String) -> String?) -> [String] {
        hunks.compactMap { hunk in
            guard let file = text(hunk.path) else { return "\(hunk.path): there is no such file" }
            guard !hunk.today.isEmpty else { return "\(hunk.path): a block without a line of today's" }
            let times = "\n\(file)".components(separatedBy: "\n\(hunk.today)\n").count - 1
            return times == 1 ? nil : "\(hunk.path): \(times) times: \(hunk.today)"
        }
    }

    /// The names of the code between the prose's backquotes: one word, with a dot before it or labels behind it.
    var symbols: Set<String> {
        let name = /^\.?([A-Za-z][A-Za-z0-9]+)(\([a-zA-Z_:]*\))?$/
        return Set(Checkers.quoted(in: prose).compactMap { $0.wholeMatch(of: name).map { String($0.1) } })
    }

    /// Symbols that stand as a word neither in the sources nor in what the page makes up.
    func unknownSymbols(_ sources: [String]) -> [String] {
        symbols.filter { symbol in
            !([madeUp] + sources).contains { Self.holds($0, word: symbol) }
        }.sorted()
    }

    private static func holds(_ text: String, word: String) -> Bool {
        text.range(of: "\\b\(word)\\b", options: .regularExpression) != nil
    }
}
