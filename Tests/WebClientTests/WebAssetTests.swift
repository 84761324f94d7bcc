import ChatDomain
import Foundation
import Testing
import WebClient

@Suite struct WebAssetTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "web")

    private func text(_ name: String) throws -> String {
        let asset = try #require(WebAsset.all.first { $0.name == name })
        return String(decoding: asset.bytes, as: UTF8.self)
    }

    private var scripts: [WebAsset] { WebAsset.all.filter { $0.name.hasSuffix(".js") } }

    /// What stands between a pair of marks, wherever they are in a text.
    private func quoted(in text: String, after mark: String) -> [String] {
        text.components(separatedBy: mark).dropFirst().map { String($0.prefix { $0 != "\"" }) }
    }

    /// The keys of a table of strings: `"key": "…",` a line.
    private func keys(_ name: String) throws -> [String] {
        try text(name).split(separator: "\n").compactMap { line in
            guard line.hasPrefix("  \"") else { return nil }
            return String(line.dropFirst(3).prefix { $0 != "\"" })
        }
    }

    @Test func everyFileOfTheFolderIsServedAsItIs() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        let expected = Set(files).subtracting(["WebAsset.swift"])
        #expect(Set(WebAsset.all.map(\.name)) == expected)
        for asset in WebAsset.all {
            let bytes = try Data(contentsOf: Self.folder.appending(path: asset.name))
            #expect(asset.bytes == Array(bytes), "\(asset.name)")
        }
    }

    @Test func everyFileHasAPathAndATypeOfItsOwn() {
        #expect(WebAsset.all.first { $0.path == "/" }?.contentType == "text/html; charset=utf-8")
        #expect(Set(WebAsset.all.map(\.path)).count == WebAsset.all.count)
        #expect(WebAsset.all.filter { $0.contentType == "application/octet-stream" }.map(\.name) == [])
    }

    @Test func whatThePageAsksForIsThere() throws {
        let page = try text("index.html")
        let named = quoted(in: page, after: "href=\"") + quoted(in: page, after: "src=\"")
        #expect(named.count > 4)
        #expect(Set(named).subtracting(WebAsset.all.map(\.path)) == [])
    }

    @Test func everyImportIsThereAndEveryModuleIsImported() throws {
        var imported: Set<String> = ["app.js", "early.js"]
        for script in scripts { imported.formUnion(quoted(in: try text(script.name), after: " from \"./")) }
        #expect(imported == Set(scripts.map(\.name)))
    }

    @Test func noDataBecomesMarkup() throws {
        let ways = [
            "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "createContextualFragment",
            "eval(", "new Function", "srcdoc",
        ]
        for script in scripts {
            let text = try text(script.name)
            #expect(ways.filter { text.contains($0) } == [], "\(script.name)")
        }
    }

    @Test func nothingIsLoadedFromElsewhere() throws {
        for asset in WebAsset.all where asset.name != "icon.svg" && asset.name != "dom.js" {
            let text = try text(asset.name)
            #expect(!text.contains("://") || asset.name == "client.js", "\(asset.name)")
        }
    }

    @Test func everyWordIsThereInBothLanguages() throws {
        let english = try keys("strings-en.js")
        let chinese = try keys("strings-zh.js")
        #expect(english.count > 200)
        #expect(english == chinese)
        #expect(Set(english).count == english.count)
    }

    @Test func everyRefusalHasWordsOfItsOwn() throws {
        let known = Set(try keys("strings-en.js"))
        let missing = Refusal.allCases.map(\.reason).filter { !known.contains("refusal.\($0)") }
        #expect(missing == [])
    }

    @Test func everyWordThatIsAskedForIsThere() throws {
        let known = Set(try keys("strings-en.js"))
        for script in scripts where !script.name.hasPrefix("strings-") {
            let asked =
                quoted(in: try text(script.name), after: " t(\"") + quoted(in: try text(script.name), after: "(t(\"")
            let missing = asked.filter { !known.contains($0) && !known.contains("\($0).other") }
            #expect(missing == [], "\(script.name)")
        }
    }
}
