import CommandLineTool
import Testing

@Suite struct TimeTextTests {
    private let second: Int64 = 1_795_168_800 * 1_000_000

    @Test func aTimeIsTheWholeOfItsLastDigit() {
        #expect(TimeText("2026-11-20T10:00:00Z")?.instants == second...(second + 999_999))
        #expect(TimeText("2026-11-20T10:00:00.5Z")?.instants == (second + 500_000)...(second + 599_999))
        #expect(TimeText("2026-11-20T10:00:00.123Z")?.instants == (second + 123_000)...(second + 123_999))
        #expect(TimeText("2026-11-20T10:00:00.123456Z")?.instants == (second + 123_456)...(second + 123_456))
        #expect(TimeText("2026-11-20T10:00:00.123456789Z")?.instants == (second + 123_456)...(second + 123_456))
    }

    @Test(arguments: [
        "2026-11-20t10:00:00z", "2026-11-20 10:00:00+00", "2026-11-20T11:00:00+01:00", "2026-11-20T04:30:00-0530",
        "2026-11-20T10:00:00",
    ])
    func offsetsAndSpellingsDoNotMatter(_ text: String) {
        #expect(TimeText(text)?.instants.lowerBound == second, "\(text)")
    }

    @Test func leapDaysAndYearsBefore1970AreCounted() {
        #expect(TimeText("1970-01-01T00:00:00Z")?.instants.lowerBound == 0)
        #expect(TimeText("1969-12-31T23:59:59Z")?.instants.lowerBound == -1_000_000)
        #expect(TimeText("2000-02-29T00:00:00Z")?.instants.lowerBound == 951_782_400_000_000)
    }

    @Test(arguments: [
        "", "yesterday", "2026-11-20", "2026-11-20T10:00Z", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z",
        "2026-11-20T24:00:00Z", "2026-11-20T10:00:60Z", "2026-11-20T10:00:00.Z", "2026-11-20T10:00:00ZZ",
        "2026-11-20T10:00:00+", "2026-11-20T10:00:00+25:00", "12",
    ])
    func whatIsNoTimeIsRefused(_ text: String) {
        #expect(TimeText(text) == nil, "\(text)")
    }
}
