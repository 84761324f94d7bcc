import Testing

@testable import ChatBenchKit

@Suite("The load")
struct LoadTests {
    @Test(arguments: [1, 7, 999, 1000, 1001, 12_345, 250_000])
    func aMessageIsDueExactlyFromItsIntendedTimeOn(rate: Int) {
        let schedule = Schedule(rate: rate, seconds: 3)
        for number in stride(from: 0, to: schedule.total, by: max(1, schedule.total / 1000)) {
            let time = schedule.intended(number)
            #expect(schedule.due(at: time) > number)
            #expect(schedule.due(at: time - 1) <= number)
        }
    }

    @Test func theScheduleHoldsItsRateAndEnds() {
        let schedule = Schedule(rate: 12_345, seconds: 2)
        #expect(schedule.total == 24_690)
        #expect(schedule.due(at: 1_000_000_000 - 1) == 12_345)
        #expect(schedule.due(at: 5_000_000_000) == 24_690)
        #expect(schedule.due(at: -1) == 0)
    }

    @Test func aRequestCarriesItsStampAndSize() throws {
        let template = RequestTemplate(target: .group(7), run: 12, sender: 34, size: 100)
        let line = template.line(number: 56, intended: 7890)
        #expect(line.last == 10)
        let text = "b12 34 56 7890 " + String(repeating: "x", count: 85)
        #expect(
            String(decoding: line.dropLast(), as: UTF8.self)
                == #"{"jsonrpc":"2.0","method":"groupchat","params":{"group":7,"text":"\#(text)"},"id":56}"#)
        let bytes = Array(text.utf8)
        #expect(
            Stamp.read(bytes, bytes.indices) == Stamp(run: 12, sender: 34, number: 56, intended: 7890))
    }

    @Test func aShortTextKeepsItsWholeStamp() {
        let line = RequestTemplate(target: .user(1), run: 1, sender: 2, size: 1).line(number: 0, intended: 0)
        #expect(String(decoding: line, as: UTF8.self).contains(#""text":"b1 2 0 0 "}"#))
    }

    @Test(arguments: ["", "b", "b1 2 3", "b1 2 3 4", "x1 2 3 4 ", "b1 2 x 4 ", "b1  3 4 ", "hello"])
    func otherTextsHaveNoStamp(text: String) {
        let bytes = Array(text.utf8)
        #expect(Stamp.read(bytes, bytes.indices) == nil)
    }

    @Test func numbersAreWrittenInFull() {
        for number in [0, 9, 10, 99, 100, 1_234_567_890_123_456_789] {
            var bytes: [UInt8] = []
            Decimal.append(number, to: &bytes)
            #expect(String(decoding: bytes, as: UTF8.self) == "\(number)")
        }
    }
}

@Suite("The search")
struct SearchTests {
    @Test(arguments: [1, 900, 5000, 77_777])
    func itComesCloseToWhatIsBorne(limit: Int) {
        var search = Search(from: 1000)
        var tries = 0
        while let rate = search.next, tries < 100 {
            search.tried(isBorne: rate <= limit)
            tries += 1
        }
        #expect(search.next == nil)
        #expect(search.best <= limit && search.best * 10 >= limit * 9)
    }

    @Test func itEndsWhereNothingIsBorne() {
        var search = Search(from: 1000)
        var tries = 0
        while search.next != nil, tries < 100 {
            search.tried(isBorne: false)
            tries += 1
        }
        #expect(search.next == nil)
        #expect(search.best == 0)
    }
}
