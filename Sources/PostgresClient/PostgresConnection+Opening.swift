import Reactor

// Connecting, driven by the socket's events alone: a task that waits is resumed through the shared pool unless it
// prefers the loop, and libpq's steps must not wait for a busy pool.

extension PostgresConnection {
    /// Begins to connect, and waits for the end of it.
    func open(
        _ conninfo: String, _ host: HostChoice, _ applicationName: String, _ timeout: Duration
    ) async throws(PostgresError) {
        handle = try LibPQ(conninfo: conninfo, applicationName: applicationName, host: host)
        let loop = loop
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<Void, PostgresError>, Never>) in
                opening = continuation
                if Task.isCancelled { return cancelOpening() }
                openingTimer = loop.schedule(after: timeout) {
                    self.assumeIsolated {
                        $0.lose(PostgresError(.connectionFailed, "no connection within \(timeout)"))
                    }
                }
                follow(.wait(write: true))
            }
        } onCancel: {
            loop.execute { self.assumeIsolated { $0.cancelOpening() } }
        }
        try outcome.get()
    }

    private func cancelOpening() {
        if opening != nil { lose(PostgresError(.cancelled, "connecting was cancelled")) }
    }

    /// libpq may close its socket in each step of connecting, so a watch lives for one step only.
    private func follow(_ step: ConnectStep) {
        guard let handle else { return }
        switch step {
        case .failed(let error): lose(error)
        case .done:
            guard handle.enterPipeline() else {
                return lose(PostgresError(.protocolViolation, handle.lastMessage))
            }
            startWatching(handle.socket, for: .read) { $0.socketIsReady($1) }
            endOpening(.success(()))
        case .wait(let write):
            startWatching(handle.socket, for: write ? .write : .read) { connection, _ in
                connection.watch?.cancel()
                connection.watch = nil
                if let handle = connection.handle { connection.follow(handle.connectStep()) }
            }
        }
    }

    private func startWatching(
        _ socket: Int32, for events: FileEvents,
        _ body: @escaping @Sendable (isolated PostgresConnection, FileEvents) -> Void
    ) {
        let watch = loop.watch(socket) { [weak self] events in self?.assumeIsolated { body($0, events) } }
        watch.setInterest(events)
        self.watch = watch
    }

    /// Resumes who waits for the connection, once.
    func endOpening(_ outcome: Result<Void, PostgresError>) {
        openingTimer?.cancel()
        openingTimer = nil
        let waiter = opening
        opening = nil
        waiter?.resume(returning: outcome)
    }
}
