import JSONText
import Testing

@Suite struct JSONTextTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-1", "9007199254740993", "1.5", "\"\"", "[]", "{}",
        #"{"a":[1,2,{"b":null}],"c":"x"}"#, #""\u0000\n\"\\""#, "\"😀 Grüße\"",
    ]) func aTextComesBackAsItWas(text: String) throws {
        #expect(try JSONValue.parse(text).description == text)
    }

    @Test func escapesAreRead() throws {
        #expect(try JSONValue.parse(#""\ud83d\ude00\u00e9\/\b\f\r\t""#) == .string("😀é/\u{8}\u{C}\r\t"))
    }

    @Test(arguments: [
        #""\ud800""#, #""\udc00""#, #""\ud800\u0041""#, #""\ud800x""#,
    ]) func aLoneSurrogateIsRefused(text: String) {
        let error = #expect(throws: JSONError.self) { try JSONValue.parse(text) }
        #expect(error?.code == .loneSurrogate)
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "01", "-", "1.", "1e", "+1", "nul", "tru", "\"\u{1}\"", "\"",
        "1 2", "[1 2]", "{1:2}", #""\x""#, #""\u12g4""#, "1e999",
    ]) func whatIsNoJSONIsRefused(text: String) {
        #expect(throws: JSONError.self) { try JSONValue.parse(text) }
    }

    @Test func invalidUTF8IsRefused() {
        #expect(throws: JSONError.self) { try JSONValue.parse([0x22, 0xFF, 0x22]) }
        #expect(throws: JSONError.self) { try JSONValue.parse([0x22, 0xED, 0xA0, 0x80, 0x22]) }
    }

    @Test(
        arguments: [
            0, 1, -1, 9, 10, 99, 100, -100, 1_234_567_890, 9_999_999_999_999_999, .max, .min, .max - 1,
            1_000_000_000_000_000_000, 999_999_999_999_999_999,
        ] as [Int64])
    func integersAreWrittenInTheirOnlySpelling(_ value: Int64) {
        #expect(JSONValue.integer(value).description == String(value))
    }

    @Test func integersStayExactAndFractionsAreNotIntegers() throws {
        #expect(try JSONValue.parse("9223372036854775807").intValue == .max)
        #expect(try JSONValue.parse("9223372036854775808").intValue == nil)
        #expect(try JSONValue.parse("1.0").intValue == nil)
        #expect(try JSONValue.parse("1e2") == .number(100))
    }

    @Test func ofRepeatedNamesTheLastCounts() throws {
        #expect(try JSONValue.parse(#"{"a":1,"b":2,"a":3}"#) == ["a": 3, "b": 2])
    }

    @Test func ofManyNamesEachIsFoundAndTheLastCounts() throws {
        let members = (0..<3_000).map { "\"n\($0 % 1_000)\":\($0)" }.joined(separator: ",")
        let object = try JSONValue.parse("{\(members)}")
        guard case .object(let found) = object else {
            Issue.record("no object")
            return
        }
        #expect(found.names == (0..<1_000).map { "n\($0)" })
        for number in 0..<1_000 { #expect(found["n\(number)"] == .integer(Int64(number + 2_000))) }
    }

    @Test func nestingIsBounded() {
        let deep = String(repeating: "[", count: 100_000)
        let error = #expect(throws: JSONError.self) { try JSONValue.parse(deep) }
        #expect(error?.code == .tooDeep)
    }

    @Test func anErrorNeverQuotesTheText() {
        let error = #expect(throws: JSONError.self) { try JSONValue.parse(#"{"password":"hunter2" oops"#) }
        #expect(error?.description.contains("hunter2") == false)
    }
}
