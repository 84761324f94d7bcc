import Glibc
import Reactor
import Testing

@Suite struct FileWatchTests {
    @Test func aWatchTellsOnlyWhatItIsAskedFor() async {
        await withLoop { loop in
            let (reading, writing) = makePipe()
            let told = await withCheckedContinuation { continuation in
                loop.execute {
                    var told: [FileEvents] = []
                    var watches: [FileWatch] = []
                    watches.append(
                        loop.watch(reading) { events in
                            told.append(events)
                            watches[0].cancel()
                            continuation.resume(returning: told)
                        })
                    watches.append(
                        loop.watch(writing) { events in
                            told.append(events)
                            watches[1].cancel()
                            putByte(writing)
                            watches[0].setInterest(.read)
                        })
                    watches[1].setInterest(.write)
                }
            }
            #expect(told == [.write, .read])
            close(reading)
            close(writing)
        }
    }
}

private func makePipe() -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    _ = unsafe pipe(&ends)
    return (ends[0], ends[1])
}

private func putByte(_ descriptor: Int32) {
    var byte: UInt8 = 1
    _ = unsafe write(descriptor, &byte, 1)
}
