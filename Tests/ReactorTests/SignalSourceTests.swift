import Glibc
import Testing

@testable import Reactor

@Suite struct SignalSourceTests {
    // A signal that nothing else in the tests' process answers: a client that listens ends at those of a server.
    @Test func aSignalOfTheProcessIsDeliveredOnTheLoop() async throws {
        try await withLoop { loop in
            let told = try await runOn(loop) {
                let source = Box<SignalSource?>(nil)
                let told = await withCheckedContinuation { continuation in
                    source.value = SignalSource(on: loop, numbers: [SIGUSR1]) { signal in
                        continuation.resume(returning: loop.isCurrent ? signal : nil)
                    }
                    kill(getpid(), SIGUSR1)
                }
                source.value?.cancel()
                return told
            }
            #expect(told == SIGUSR1)
        }
    }
}
