import ChatApplication
public import Edge
public import Reactor
import Telemetry

/// Where connections come in: lines over TCP, and WebSockets on the HTTP port.
extension LoopWorker {
    /// Accepts connections that send lines. `loop` is the worker's own.
    public func listen(
        on loop: EventLoop, at address: SocketAddress, rules: EntranceRules
    ) throws(SocketError) {
        let entrance = try Entrance(
            on: loop, address: address, rules: rules, refused: refusal
        ) { [weak self] entrant in
            guard let self else { return entrant.stream.close() }
            // The entrance calls on this loop, to which the stream is confined like everything here.
            nonisolated(unsafe) let entrant = entrant
            self.assumeIsolated { worker in
                let stream = unsafe LineStream(entrant.stream, frameBytes: worker.settings.frameBytes)
                unsafe worker.begin(stream, over: entrant.stream, from: entrant.address, received: entrant.rest)
            }
        }
        entrances.append(entrance)
    }

    /// Serves a site, and takes its WebSockets for connections. `loop` is the worker's own.
    ///
    /// - Parameter trustsForwarded: whether the client's address is what the nearest proxy says.
    public func serve(
        _ site: HTTPSite, on loop: EventLoop, at address: SocketAddress, rules: EntranceRules, trustsForwarded: Bool
    ) throws(SocketError) {
        let server = try HTTPServer(
            on: loop, address: address, rules: rules, site: site, refused: refusal
        ) { [weak self] upgraded in
            guard let self else { return upgraded.stream.close() }
            // The server calls on this loop, as the entrance does.
            nonisolated(unsafe) let upgraded = upgraded
            self.assumeIsolated { worker in
                let stream = unsafe WebSocketStream(upgraded.stream, frameBytes: worker.settings.frameBytes)
                let forwarded = unsafe trustsForwarded ? upgraded.forwardedAddress : nil
                unsafe worker.begin(
                    stream, over: upgraded.stream, from: forwarded ?? upgraded.address, received: upgraded.rest)
            }
        }
        webServers.append(server)
    }

    private var refusal: (EntranceRefusal) -> Void {
        { [services] reason in
            services.metrics.turnedAway.add()
            services.logger.warning("a connection was turned away", [.error: reason])
        }
    }

    private func begin(_ stream: any ClientStream, over bytes: ByteStream, from address: String, received: [UInt8]) {
        let handlers = enter(stream, from: address)
        bytes.handlers = handlers
        if !received.isEmpty { handlers.received(received) }
    }

    /// Takes a connection that sends lines; gives what its transport is to tell.
    public func accept(_ transport: any ByteTransport, from address: String) -> ByteStream.Handlers {
        enter(LineStream(transport, frameBytes: settings.frameBytes), from: address)
    }

    private func enter(_ stream: any ClientStream, from address: String) -> ByteStream.Handlers {
        let id = services.nextConnection()
        let connection = Connection(
            id: id, stream: stream, address: address, settings: settings, now: services.clock.now())
        connections[id] = connection
        services.metrics.connections.add()
        return ByteStream.Handlers(
            received: { [weak self] bytes in self?.assumeIsolated { $0.received(id, bytes) } },
            drained: { [weak self] in self?.assumeIsolated { $0.drained(id) } },
            ended: { [weak self] in self?.assumeIsolated { $0.ended(id) } },
            closed: { [weak self] _ in self?.assumeIsolated { $0.closed(id) } })
    }
}
