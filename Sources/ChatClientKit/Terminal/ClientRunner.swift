import CommandLineTool
import JSONText
import TLS

/// Performs the actions of the client machine: one thread, one `poll`. All that waits in the client waits here.
final class ClientRunner {
    private(set) var machine: ClientMachine
    private let server: HostPort
    private let tls: TLSContext?
    private var connection: ClientConnection?
    private var events: [ClientEvent] = []
    private var lastTag = 0

    init(machine: ClientMachine, settings: ClientSettings) {
        self.machine = machine
        server = settings.server
        tls = settings.tls
    }

    func start() {
        perform(machine.start(at: Posix.now()))
    }

    /// Waits until something has happened: events of the machine, or one of `descriptors` can be read, or `deadline`
    /// (a time of ``Posix/now()``) has come.
    func next(
        also descriptors: [Int32] = [], until deadline: Int? = nil
    ) -> (events: [ClientEvent], readable: Set<Int32>) {
        while true {
            perform(machine.tick(at: Posix.now()))
            let timeout = events.isEmpty ? wakeUp(deadline).map { $0 - Posix.now() } : 0
            let ready = Posix.wait(
                reading: descriptors + (connection?.reading ?? []), writing: connection?.writing ?? [],
                timeout: timeout)
            advance(ready)
            let readable = ready.readable.intersection(descriptors)
            let isOver = deadline.map { Posix.now() >= $0 } ?? false
            if !events.isEmpty || !readable.isEmpty || isOver {
                defer { events = [] }
                return (events, readable)
            }
        }
    }

    /// Sends a request as soon as may be; the answer comes as an event with this tag. Nil if too many wait already.
    func submit(_ method: String, _ params: JSONValue, retry: RetryRule, needsLogin: Bool = true) -> Int? {
        lastTag += 1
        let request = Request(tag: lastTag, method: method, params: params, retry: retry, needsLogin: needsLogin)
        guard let actions = machine.submit(request, at: Posix.now()) else { return nil }
        perform(actions)
        return lastTag
    }

    /// Sends a request and waits for its answer; other events stay for ``next(also:until:)``. Throws a ``Refusal`` or a
    /// ``ToolFailure``.
    func ask(
        _ method: String, _ params: JSONValue, retry: RetryRule = .freely, needsLogin: Bool = true,
        within limit: Int? = nil
    ) throws -> JSONValue {
        guard let tag = submit(method, params, retry: retry, needsLogin: needsLogin) else {
            throw ToolFailure(.failed, "too many requests wait already")
        }
        let deadline = limit.map { Posix.now() + $0 }
        var others: [ClientEvent] = []
        defer { events = others + events }
        while true {
            let (batch, _) = next(until: deadline)
            for (index, event) in batch.enumerated() {
                if let outcome = try answer(to: tag, in: event) {
                    others += batch[(index + 1)...]
                    return outcome
                }
                others.append(event)
            }
            if let deadline, Posix.now() >= deadline { throw ToolFailure(.failed, "no answer from the server") }
        }
    }

    /// Leaves events for the next ``next(also:until:)``.
    func putBack(_ rest: [ClientEvent]) {
        events = rest + events
    }

    func logIn(as user: String, token: String?, password: String?) {
        perform(machine.logIn(as: user, token: token, password: password, at: Posix.now()))
    }

    /// Tells the server that what was pushed up to this position has arrived.
    func acknowledge(upTo position: Int64) {
        perform(machine.acknowledge(upTo: position, at: Posix.now()))
    }

    private func answer(to tag: Int, in event: ClientEvent) throws -> JSONValue? {
        switch event {
        case .reply(tag, let result): return result
        case .refused(tag, let refusal): throw refusal
        case .unknown(tag): throw ClientRunner.unknownOutcome
        case .stopped(let reason): throw reason.failure
        default: return nil
        }
    }

    static let unknownOutcome = ToolFailure(
        .failed, "the connection was lost; it is not known whether the command was carried out")

    private func wakeUp(_ deadline: Int?) -> Int? {
        [deadline, machine.nextTick(at: Posix.now()), connection?.wakeUp].compactMap { $0 }.min()
    }

    private func advance(_ ready: (readable: Set<Int32>, writable: Set<Int32>)) {
        guard let connection, let step = connection.advance(readable: ready.readable, writable: ready.writable) else {
            return
        }
        switch step {
        case .opened: perform(machine.connected(at: Posix.now()))
        case .received(let bytes): perform(machine.received(bytes, at: Posix.now()))
        case .ended(let reason): perform(machine.disconnected(reason, at: Posix.now()))
        }
    }

    private func perform(_ actions: [ClientAction]) {
        for action in actions {
            switch action {
            case .connect: connection = ClientConnection(to: server, tls: tls)
            case .send(let bytes): connection?.send(bytes)
            case .disconnect: connection = nil
            case .event(let event): events.append(event)
            }
        }
    }
}

extension StopReason {
    /// What a program that cannot go on reports.
    var failure: any Error {
        switch self {
        case .replaced: ToolFailure(.failed, "another session of this user and device took over")
        case .revoked: ToolFailure(.failed, "the session was ended")
        case .unreachable(let reason): ToolFailure(.failed, "cannot reach the server: \(reason)")
        case .refused(let refusal): refusal
        }
    }
}
