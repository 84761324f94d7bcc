import ChatApplication
import ChatDomain
import ChatTestKit
import Testing

@Suite("The fan-out in memory")
struct InMemoryFanOutTests {
    @Test(arguments: FanOutContract.allCases)
    func theFanOutInMemoryKeepsTheContract(_ claim: FanOutContract) async throws {
        let fanOut = InMemoryFanOut(sleep: { delay, fire in
            Task {
                try? await Task.sleep(for: delay)
                fire()
            }
        })
        try await claim.check(fanOut)
    }
}
