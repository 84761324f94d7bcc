import ChatSessions
import Edge
import Reactor
import TLS

/// Where a node listens, and what a connection has to bring along there.
struct Listening: Sendable {
    let configuration: ServerConfiguration
    let site: HTTPSite
    /// What is used where TLS is spoken.
    let certificate: Certificate?

    private var tls: (@Sendable () -> TLSContext)? {
        guard let certificate else { return nil }
        return { certificate.context }
    }

    /// Opens a loop's own listeners; the loops of a node share its ports. On the worker's loop.
    func open(_ worker: isolated LoopWorker, on loop: EventLoop) throws(SocketError) {
        try lines(configuration.listen, tls: nil, worker, loop)
        try web(configuration.http, tls: nil, worker, loop)
        if let address = configuration.tlsListen { try lines(address, tls: tls, worker, loop) }
        if let address = configuration.tlsHTTP { try web(address, tls: tls, worker, loop) }
    }

    private var patience: Duration { .seconds(configuration.settings.timeoutHandshake) }

    private func lines(
        _ address: SocketAddress, tls: (@Sendable () -> TLSContext)?, _ worker: isolated LoopWorker, _ loop: EventLoop
    ) throws(SocketError) {
        try worker.listen(
            on: loop, at: address,
            rules: EntranceRules(expectsProxy: configuration.expectsProxy, tls: tls, patience: patience))
    }

    private func web(
        _ address: SocketAddress, tls: (@Sendable () -> TLSContext)?, _ worker: isolated LoopWorker, _ loop: EventLoop
    ) throws(SocketError) {
        try worker.serve(
            site, on: loop, at: address, rules: EntranceRules(tls: tls, patience: patience),
            trustsForwarded: configuration.trustsForwarded)
    }
}
