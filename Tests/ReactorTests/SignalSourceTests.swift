import Glibc
import Reactor
import Testing

@Suite struct SignalSourceTests {
    @Test func aSignalOfTheProcessIsDeliveredOnTheLoop() async throws {
        try await withLoop { loop in
            let told = try await runOn(loop) {
                let source = Box<SignalSource?>(nil)
                let told = await withCheckedContinuation { continuation in
                    source.value = SignalSource(on: loop, [.hangup]) { signal in
                        continuation.resume(returning: loop.isCurrent ? signal : nil)
                    }
                    kill(getpid(), SIGHUP)
                }
                source.value?.cancel()
                return told
            }
            #expect(told == .hangup)
        }
    }
}
