import Foundation
import JSONText

/// Where the tokens of the benchmark's users stand between two runs, so that logging in again costs no password hash.
struct TokenFile {
    private let path: String

    init(path: String) {
        self.path = path
    }

    /// The tokens by user name; none if the file is missing or is something else.
    func read() -> [String: String] {
        guard let data = FileManager.default.contents(atPath: path), let json = try? JSONValue.parse(Array(data)) else {
            return [:]
        }
        let members = json.objectValue?.members ?? []
        return Dictionary(
            members.compactMap { member in member.value.stringValue.map { (member.name, $0) } },
            uniquingKeysWith: { _, last in last })
    }

    /// Replaces the file; a failure costs only the next run's time. What is there and is no plain file stays: root
    /// may replace even a device.
    func write(_ tokens: [String: String]) {
        let there = try? FileManager.default.attributesOfItem(atPath: path)
        guard there == nil || there?[.type] as? FileAttributeType == .typeRegular else { return }
        let sorted = tokens.sorted { $0.key < $1.key }
        let text = JSONValue.object(JSONObject(sorted.map { ($0.key, .string($0.value)) })).description
        let folder = (path as NSString).deletingLastPathComponent
        if !folder.isEmpty {
            try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        try? Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        try? FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }
}
