import Glibc

/// Signals of the process, delivered on a loop. Confined to its loop, which holds it until `cancel()`.
///
/// Only one loop of a process may have signal sources at a time.
public final class SignalSource {
    /// The signals that a server answers.
    public enum Signal: Sendable, CaseIterable {
        /// SIGTERM: end in good order.
        case terminate
        /// SIGINT: the same, from a keyboard.
        case interrupt
        /// SIGHUP: read the configuration again.
        case hangup

        var number: Int32 {
            switch self {
            case .terminate: SIGTERM
            case .interrupt: SIGINT
            case .hangup: SIGHUP
            }
        }
    }

    private let loop: EventLoop
    private var events: [BaseEvent] = []

    /// Takes the signals from their default action; several of one kind may be told once. Loop thread only.
    public convenience init(on loop: EventLoop, _ signals: [Signal], _ handler: @escaping (Signal) -> Void) {
        self.init(on: loop, numbers: signals.map(\.number)) { number in
            if let signal = signals.first(where: { $0.number == number }) { handler(signal) }
        }
    }

    init(on loop: EventLoop, numbers: [Int32], _ handler: @escaping (Int32) -> Void) {
        self.loop = loop
        events = numbers.map { number in
            let event = loop.event(signal: number) { handler(number) }
            event.add()
            return event
        }
    }

    /// Gives the signals back their former actions. Loop thread only; repeatable.
    public func cancel() {
        loop.preconditionOwned()
        for event in events { event.destroy() }
        events = []
    }

    /// Makes a write to a closed pipe or socket an error instead of the end of the process. Streams of this module
    /// do not need it; C libraries and standard output do.
    public static func ignoreBrokenPipe() {
        _ = signal(SIGPIPE, SIG_IGN)
    }
}
