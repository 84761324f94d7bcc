import EventCodec
import Testing

@Suite struct QuarterTests {
    @Test(arguments: [
        (0, "1970Q1"), (-1, "1969Q4"), (7_775_999_999_999, "1970Q1"), (7_776_000_000_000, "1970Q2"),
        (951_782_400_000_000, "2000Q1"), (1_709_251_199_999_999, "2024Q1"), (1_711_929_599_999_999, "2024Q1"),
        (1_711_929_600_000_000, "2024Q2"), (1_798_761_599_999_999, "2026Q4"), (1_798_761_600_000_000, "2027Q1"),
    ])
    func aQuarterBeginsAtMidnightInUTC(_ time: Int64, _ quarter: String) {
        #expect("\(Quarter(at: time))" == quarter)
    }

    @Test func quartersFollowEachOtherForCenturies() {
        var last = Quarter(at: -104_000 * 86_400_000_000)
        var count = 0
        for day in (-104_000)...150_000 {
            let quarter = Quarter(at: Int64(day) * 86_400_000_000)
            guard quarter != last else { continue }
            count += 1
            #expect(last < quarter)
            #expect(quarter.number == last.number % 4 + 1)
            last = quarter
        }
        #expect(count > 2_700)
    }

    @Test func aQuarterIsReadAsItIsWritten() {
        #expect(Quarter("2026Q4") == Quarter(at: 1_798_761_599_999_999))
        for text in ["2026Q5", "2026Q0", "2026", "Q1", "2026q1", "02026Q1", "2026Q04", " 2026Q1"] {
            #expect(Quarter(text) == nil)
        }
    }
}
