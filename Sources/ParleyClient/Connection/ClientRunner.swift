package import JSONText
package import TLS

/// Performs the actions of the client machine: one thread, one `poll`. All that waits in the client waits here.
package final class ClientRunner {
    package var machine: ClientMachine
    /// Whom to believe, where the servers speak TLS. To be set before the start.
    package var tls: TLSContext?
    /// Whether what the server sends is read. Otherwise it waits in the kernels between, and then at the server.
    package var isReading = true {
        didSet { if isReading != oldValue { machine.hears(isReading, at: Sockets.now()) } }
    }
    private let servers: [ServerAddress]
    private var attempts = 0
    private var connection: ClientConnection?
    private var events: [ClientEvent] = []
    private var lastTag = 0

    /// At least one server: they are tried in turn.
    package init(machine: ClientMachine, servers: [ServerAddress], tls: TLSContext? = nil) {
        self.machine = machine
        self.servers = servers
        self.tls = tls
    }

    package func start() {
        perform(machine.start(at: Sockets.now()))
    }

    /// Waits until something has happened: events of the machine, or one of `descriptors` can be read, or `deadline`
    /// (a time of ``Posix/now()``) has come.
    package func next(
        also descriptors: [Int32] = [], until deadline: Int? = nil
    ) -> (events: [ClientEvent], readable: Set<Int32>) {
        while true {
            perform(machine.tick(at: Sockets.now()))
            let timeout = events.isEmpty ? wakeUp(deadline).map { $0 - Sockets.now() } : 0
            let ready = Sockets.wait(
                reading: descriptors + (isReading ? connection?.reading ?? [] : []), writing: connection?.writing ?? [],
                timeout: timeout)
            advance(ready)
            let readable = ready.readable.intersection(descriptors)
            let isOver = deadline.map { Sockets.now() >= $0 } ?? false
            if !events.isEmpty || !readable.isEmpty || isOver {
                defer { events = [] }
                return (events, readable)
            }
        }
    }

    /// Sends a request as soon as may be; the answer comes as an event with this tag. Nil if too many wait already.
    package func submit(_ method: String, _ params: JSONValue, retry: RetryRule, needsLogin: Bool = true) -> Int? {
        lastTag += 1
        let request = Request(tag: lastTag, method: method, params: params, retry: retry, needsLogin: needsLogin)
        guard let actions = machine.submit(request, at: Sockets.now()) else { return nil }
        perform(actions)
        return lastTag
    }

    /// Leaves events for the next ``next(also:until:)``.
    package func putBack(_ rest: [ClientEvent]) {
        events = rest + events
    }

    package func logIn(as user: String?, token: String?, password: String?) {
        perform(machine.logIn(as: user, token: token, password: password, at: Sockets.now()))
    }

    /// Tells the server that what was pushed up to this position has arrived.
    package func acknowledge(upTo position: Int64) {
        perform(machine.acknowledge(upTo: position, at: Sockets.now()))
    }

    /// Reads the feed again from behind what arrived, once no answer is awaited.
    func rereadFeed() {
        perform(machine.rereadFeed(at: Sockets.now()))
    }

    /// Cuts the connection; nothing is done any more.
    func stop() {
        connection = nil
    }

    private func wakeUp(_ deadline: Int?) -> Int? {
        [deadline, machine.nextTick(at: Sockets.now()), connection?.wakeUp].compactMap { $0 }.min()
    }

    private func advance(_ ready: (readable: Set<Int32>, writable: Set<Int32>)) {
        guard let connection, let step = connection.advance(readable: ready.readable, writable: ready.writable) else {
            return
        }
        switch step {
        case .opened: perform(machine.connected(at: Sockets.now()))
        case .received(let bytes): perform(machine.received(bytes, at: Sockets.now()))
        case .ended(let reason): perform(machine.disconnected(reason, at: Sockets.now()))
        }
    }

    private func perform(_ actions: [ClientAction]) {
        for action in actions {
            switch action {
            case .connect:
                connection = ClientConnection(to: servers[attempts % servers.count], tls: tls)
                attempts += 1
                events.append(.connecting)
            case .send(let bytes): connection?.send(bytes)
            case .disconnect: connection = nil
            case .event(let event): events.append(event)
            }
        }
    }
}
