import Testing
import WireProtocol

@Suite struct WireTimeTests {
    /// Contract: V6.
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_795_168_800_123_456, "2026-11-20T10:00:00.123Z"),
            (951_782_399_999_999, "2000-02-28T23:59:59.999Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (-62_135_596_800_000_000, "0001-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func timesAreUTCCutToMilliseconds(_ microseconds: Int64, _ text: String) {
        #expect(WireTime.text(microseconds: microseconds) == text)
    }
}
