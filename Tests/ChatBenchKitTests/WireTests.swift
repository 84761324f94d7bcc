import Testing

@testable import ChatBenchKit

@Suite("Lines from the server")
struct WireTests {
    private func scan(_ text: String) -> (line: ScannedLine, bytes: [UInt8]) {
        let bytes = Array(text.utf8)
        return (LineScanner.scan(bytes, bytes.indices), bytes)
    }

    @Test func anAnswerGivesItsIdAndSeq() {
        let (line, _) = scan(
            #"{"jsonrpc":"2.0","id":17,"result":{"position":99,"conversation":"direct:1:2","seq":5,"at":"2026"}}"#)
        #expect(line == ScannedLine(kind: .answer, id: 17, position: 99, seq: 5))
    }

    @Test func membersMayComeInAnyOrderWithSpacesAndUnknownOnes() {
        let (line, _) = scan(
            #"{ "result" : { "new":{"seq":7,"a":[1,{"b":"]}"}]} , "seq" : 5 , "position":99 } , "x":[1,2], "id" : 17 }"#
        )
        #expect(line == ScannedLine(kind: .answer, id: 17, position: 99, seq: 5))
    }

    @Test func aPushGivesItsTextAsItStandsThere() {
        let (line, bytes) = scan(
            #"{"jsonrpc":"2.0","method":"message","params":{"position":3,"from":{"id":1,"name":"a\"seq\":9"},"seq":2,"text":"say \"hi\" {","at":"t"}}"#
        )
        #expect(line.kind == .push)
        #expect(line.position == 3 && line.seq == 2)
        #expect(String(decoding: bytes[line.text], as: UTF8.self) == #"say \"hi\" {"#)
        #expect(String(decoding: bytes[line.method], as: UTF8.self) == "message")
    }

    @Test func aRefusalKeepsItsId() {
        let (line, _) = scan(#"{"jsonrpc":"2.0","id":4,"error":{"code":503,"message":"m","data":{"id":9}}}"#)
        #expect(line == ScannedLine(kind: .refusal, id: 4))
    }

    @Test(arguments: [
        "", "x", "[]", "{", "{\"", "{\"id", "{\"id\":", "{\"result\":{\"a\":[", "{\"a\":\"\\", "}{", "{\"id\":\"7\"}",
    ])
    func whatIsNoMessageDoesNoHarm(text: String) {
        #expect(scan(text).line.seq == 0)
    }

    @Test func everyTruncationIsSurvived() {
        let whole = #"{"jsonrpc":"2.0","id":17,"result":{"position":99,"text":"a\\b","seq":5,"from":{"id":[1,2]}}}"#
        for length in 0...whole.utf8.count { _ = scan(String(whole.prefix(length))) }
    }

    @Test(arguments: 1...12)
    func linesAreTheSameHoweverTheyAreCut(size: Int) {
        let bytes = Array("first\n\nsecond line\nthird\nrest".utf8)
        var splitter = LineSplitter()
        var lines: [String] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            splitter.take(Array(bytes[start..<min(start + size, bytes.count)])) {
                lines.append(String(decoding: $0[$1], as: UTF8.self))
            }
        }
        #expect(lines == ["first", "second line", "third"])
    }
}
