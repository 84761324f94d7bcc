import Foundation
import JSONText
import Testing
import WireProtocol

@testable import ChatSessions

@Suite("The description of the methods")
struct DescriptionTests {
    /// `docs/openrpc.json`, written anew where `WRITE_PAGES` is 1.
    private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/openrpc.json")

    private var names: [String] { Method.all.map(\.name) }

    @Test func everyMethodThatIsServedIsDescribed() {
        #expect(names.filter { MethodContract.named($0) == nil } == [])
    }

    @Test func everyMethodOfTheContractIsServed() {
        #expect(MethodContract.all.map(\.name).filter { Method.named($0) == nil } == [])
    }

    @Test func everyReferenceLeadsToASchema() {
        let document = OpenRPCDocument.describe(methods: names, version: "1")
        let known = Set(
            (document["components"]?["schemas"]?.objectValue?.names ?? []).map { "#/components/schemas/\($0)" })
        let missing = Self.references(in: document).subtracting(known).filter { $0.hasPrefix("#") }
        #expect(!known.isEmpty && missing == [])
    }

    @Test func thePageSaysWhatTheServerSays() throws {
        let document = OpenRPCDocument.describe(methods: names, version: "1")
        if ProcessInfo.processInfo.environment["WRITE_PAGES"] == "1" {
            try (Self.text(document) + "\n").write(to: Self.page, atomically: true, encoding: .utf8)
        }
        let page = try JSONValue.parse(Array(Data(contentsOf: Self.page)))
        let isCurrent = page == document
        #expect(isCurrent, "make pages writes it anew")
    }

    private static func references(in value: JSONValue) -> Set<String> {
        switch value {
        case .array(let elements): elements.reduce(into: []) { $0.formUnion(references(in: $1)) }
        case .object(let object):
            object.members.reduce(into: []) { found, member in
                if member.name == "$ref", let path = member.value.stringValue { found.insert(path) }
                found.formUnion(references(in: member.value))
            }
        default: []
        }
    }

    /// Indented; what fits into one line stands in one.
    private static func text(_ value: JSONValue, _ indent: String = "") -> String {
        let flat = String(decoding: value.encoded(), as: UTF8.self)
        guard flat.count + indent.count > 100 else { return flat }
        let deeper = indent + "  "
        switch value {
        case .array(let elements):
            let lines = elements.map { deeper + text($0, deeper) }
            return "[\n\(lines.joined(separator: ",\n"))\n\(indent)]"
        case .object(let object):
            let lines = object.members.map { "\(deeper)\"\($0.name)\": \(text($0.value, deeper))" }
            return "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
        default: return flat
        }
    }
}
