import Foundation
import Glibc
import Testing

@testable import Telemetry

@Suite struct LogOutputTests {
    @Test func aLineLongerThanOneWriteTakesArrivesWhole() throws {
        var ends: [Int32] = [0, 0]
        // Kept from the servers that other tests start, whose copy of an end would keep it open.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        try #require(unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0)
        let (readEnd, writeEnd) = (ends[0], ends[1])
        let line = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        // A thread of its own: both ends block, and the pool of tasks may have only one thread to spare.
        Thread.detachNewThread {
            LogOutput.write(line, to: writeEnd)
            close(writeEnd)
        }
        var arrived: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe read(readEnd, &buffer, buffer.count)
            guard count > 0 else { break }
            arrived += buffer.prefix(count)
        }
        close(readEnd)
        #expect(arrived == line)
    }

    @Test func aDescriptorThatTakesNothingStopsNoOne() {
        LogOutput.write([1, 2, 3], to: -1)
    }
}
