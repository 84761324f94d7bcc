import Foundation

/// A file of the repository, by its path below the top folder.
struct SourceFile: Sendable {
    let path: String
    let text: String
    /// The text without comments and string contents, line for line.
    let code: ScrubbedCode

    init(path: String, text: String) {
        self.path = path
        self.text = text
        self.code = ScrubbedCode(text)
    }

    /// The folder below `Sources`, or `replay`.
    var module: String {
        let parts = path.split(separator: "/")
        return parts.first == "Sources" && parts.count > 1 ? String(parts[1]) : String(parts.first ?? "")
    }
}

/// The repository that these tests are part of.
enum SourceTree {
    static let top: URL = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every Swift file of the product: what stands under `Sources`, `replay`, `migrations` and `web`.
    static let product: [SourceFile] = swiftFiles(below: ["Sources", "replay", "migrations", "web"])

    /// The folders of the product and of the tests.
    static let folders: [String] = ["Sources", "Tests", "replay", "scripts", "docs"].flatMap { folder in
        paths(below: folder).filter { isFolder($0) }
    }

    /// What is written for people.
    static let pages: [String] =
        ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"] + paths(below: "docs").filter { $0.hasSuffix(".md") }.sorted()

    static func text(of path: String) throws -> String {
        try String(contentsOf: top.appending(path: path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: top.appending(path: path).path)
    }

    private static func swiftFiles(below folders: [String]) -> [SourceFile] {
        folders.flatMap(paths(below:)).filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
            (try? text(of: path)).map { SourceFile(path: path, text: $0) }
        }
    }

    private static func paths(below folder: String) -> [String] {
        let entries = FileManager.default.enumerator(atPath: top.appending(path: folder).path)
        return (entries?.allObjects as? [String] ?? []).map { "\(folder)/\($0)" }
    }

    private static func isFolder(_ path: String) -> Bool {
        (try? top.appending(path: path).resourceValues(forKeys: [.isDirectoryKey]).isDirectory) ?? false
    }
}
