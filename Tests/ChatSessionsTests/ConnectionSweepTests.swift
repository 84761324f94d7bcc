import Testing

@testable import ChatSessions

@Suite("The sweep over connections")
struct ConnectionSweepTests {
    @Test(arguments: [0, 1, 255, 256, 257, 18_000, 32_000, 32_001, 200_000])
    func looksAtEveryoneOnceAndAtFewAtATime(_ count: Int) {
        var sweep = ConnectionSweep()
        #expect(sweep.isOver)
        let connections = Set(1...max(count, 1)).filter { $0 <= count }
        sweep.begin(connections)
        let most = ConnectionSweep.mostPortions
        let atOnce = max(ConnectionSweep.portion, (count + most - 1) / most)
        var (seen, portions) = ([Int](), 0)
        repeat {
            let portion = sweep.take()
            #expect(portion.count <= atOnce)
            seen += portion
            portions += 1
        } while !sweep.isOver
        #expect(seen.count == count && Set(seen) == connections)
        #expect(sweep.pause * portions <= ConnectionSweep.period)
        #expect(sweep.pause >= .milliseconds(2))
        sweep.queuedBytes = 7
        sweep.begin([5])
        #expect(sweep.queuedBytes == 0 && Array(sweep.take()) == [5] && sweep.isOver)
    }
}
