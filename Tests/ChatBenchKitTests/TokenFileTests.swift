import Foundation
import Testing

@testable import ChatBenchKit

@Suite("Tokens between two runs")
struct TokenFileTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "bench-tokens-\(UUID())").path

    @Test func tokensAreFoundAgainAndArePrivate() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/tokens.json"
        TokenFile(path: path).write(["a": "1"])
        TokenFile(path: path).write(["a": "2", "b": "3"])
        #expect(TokenFile(path: path).read() == ["a": "2", "b": "3"])
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    /// As root, replacing `/dev/null` by a file would break the whole machine.
    @Test func whatIsNoPlainFileIsNotReplaced() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/null"
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/null")
        TokenFile(path: path).write(["a": "1"])
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == "/dev/null")
    }
}
