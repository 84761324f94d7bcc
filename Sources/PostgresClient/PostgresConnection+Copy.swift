import Reactor

// Requests that need the connection for themselves: libpq allows neither COPY nor several statements in a pipeline.

extension PostgresConnection {
    /// Runs several statements at once (simple protocol), for migrations. Without BEGIN they are one transaction.
    ///
    /// - Parameter timeout: when it runs out, the connection is closed, which the server notices at the script's end.
    public func execute(script: String, timeout: Duration? = nil) async throws(PostgresError) {
        try await execute(script: script, timeout: timeout, holder: nil)
    }

    func execute(script: String, timeout: Duration?, holder: UInt64?) async throws(PostgresError) {
        let id = try await beginExclusive(holder)
        let timer = timeout.map { limit in
            loop.schedule(after: limit) { self.lose(PostgresError(.timedOut, "the script took longer than \(limit)")) }
        }
        defer {
            timer?.cancel()
            endExclusive(id)
        }
        guard let handle, handle.sendScript(script) else { throw sendingFailed() }
        let (_, failure) = try await takeToEnd()
        if let failure { throw failure }
    }

    /// Feeds `COPY … FROM STDIN` with chunks of any size; nil ends it. Returns the number of rows.
    ///
    /// The next chunk is asked for when the last one has gone to the kernel, so memory stays bounded. If `next` throws,
    /// the copy is undone and the error thrown on. Runs on the caller's executor, between the chunks on the loop.
    public nonisolated func copyIn(
        _ statement: String, from next: () async throws -> [UInt8]?
    ) async throws -> Int {
        try await copyIn(statement, holder: nil, from: next)
    }

    nonisolated func copyIn(
        _ statement: String, holder: UInt64?, from next: () async throws -> [UInt8]?
    ) async throws -> Int {
        let id = try await beginCopy(statement, holder, expecting: true)
        do {
            while let chunk = try await next() { try await put(chunk) }
        } catch {
            let failure = await endCopyIn(id, failure: "the source failed")
            // The server's own complaint is the cause when it ended the copy first.
            if let lost = error as? PostgresError, case .failure(let cause) = failure, cause.sqlState != "57014" {
                throw cause.code == .server ? cause : lost
            }
            throw error
        }
        return try await endCopyIn(id, failure: nil).get()
    }

    /// Reads `COPY … TO STDOUT (FORMAT binary)` in chunks of whole rows, `PostgresLimits.copyChunkBytes` each or a
    /// little more. The next chunk is read when `body` has returned. Returns the number of rows.
    ///
    /// If `body` throws, the connection is closed, as the rest of the rows cannot be called back.
    public nonisolated func copyOut(
        _ statement: String, _ body: (PostgresResult) async throws -> Void
    ) async throws -> Int {
        try await copyOut(statement, holder: nil, body)
    }

    nonisolated func copyOut(
        _ statement: String, holder: UInt64?, _ body: (PostgresResult) async throws -> Void
    ) async throws -> Int {
        let id = try await beginCopy(statement, holder, expecting: false)
        var decoder = BinaryCopyDecoder()
        var rows = 0
        do {
            while let chunk = try await nextChunk() {
                let part = try decoder.decode(chunk)
                rows += part.rowCount
                if part.rowCount > 0 { try await body(part) }
            }
        } catch {
            await leaveCopyOut(id)
            throw error
        }
        try await endCopyOut(id)
        return rows
    }

    // MARK: Steps

    private func beginExclusive(_ holder: UInt64?) async throws(PostgresError) -> UInt64 {
        let turn = newRequest(.turn)
        let id = turn.id
        _ = try await perform(turn, .exclusive, timeout: nil, holder: holder)
        return id
    }

    private func sendingFailed() -> PostgresError {
        let error = PostgresError(.connectionLost, handle?.lastMessage ?? "the connection has ended")
        lose(error)
        return error
    }

    private func beginCopy(
        _ statement: String, _ holder: UInt64?, expecting copyIn: Bool
    ) async throws(PostgresError) -> UInt64 {
        let id = try await beginExclusive(holder)
        guard let handle, handle.sendScript(statement) else { throw sendingFailed() }
        do throws(PostgresError) {
            switch try await nextReply() {
            case .copyIn where copyIn, .copyOut where !copyIn: return id
            case .failed(let error):
                _ = try await takeToEnd()
                endExclusive(id)
                throw error
            default:
                lose(PostgresError(.protocolViolation, "the statement is no COPY of this direction"))
                throw PostgresError(.protocolViolation, "the statement is no COPY of this direction")
            }
        } catch {
            endExclusive(id)
            throw error
        }
    }

    private func put(_ chunk: [UInt8]) async throws(PostgresError) {
        guard let handle, handle.putCopy(chunk) else {
            throw PostgresError(.connectionLost, "the server has ended the copy")
        }
        try await flushAll()
    }

    private func endCopyIn(_ id: UInt64, failure: String?) async -> Result<Int, PostgresError> {
        defer { endExclusive(id) }
        do throws(PostgresError) {
            _ = handle?.endCopy(failure: failure)
            let (result, refusal) = try await takeToEnd()
            if let refusal { return .failure(refusal) }
            return .success(result?.affectedRows ?? 0)
        } catch {
            return .failure(error)
        }
    }

    /// As much as is there: libpq reads 16 KiB at a time, and a turn of the loop, with a hop to it and back, costs more.
    private func nextChunk() async throws(PostgresError) -> [UInt8]? {
        var chunk: [UInt8] = []
        var hasRead = false
        while let handle {
            switch handle.getCopy(into: &chunk) {
            case true?:
                if chunk.count >= PostgresLimits.copyChunkBytes { return chunk }
                hasRead = false
            case false? where !hasRead:
                guard handle.consumeInput() else { throw sendingFailed() }
                hasRead = true
            case false?:
                if !chunk.isEmpty { return chunk }
                try await waitForSocket(.read)
            case nil: return chunk.isEmpty ? nil : chunk
            }
        }
        throw loss ?? PostgresError(.connectionLost, "the connection has ended")
    }

    private func endCopyOut(_ id: UInt64) async throws(PostgresError) {
        defer { endExclusive(id) }
        let (_, failure) = try await takeToEnd()
        if let failure { throw failure }
    }

    private func leaveCopyOut(_ id: UInt64) {
        lose(PostgresError(.closed, "a copy was left half-way"))
        endExclusive(id)
    }

    private func flushAll() async throws(PostgresError) {
        while let handle {
            let pending = handle.flush()
            if pending == 0 { return }
            guard pending > 0 else { throw sendingFailed() }
            try await waitForSocket([.read, .write])
        }
        throw loss ?? PostgresError(.connectionLost, "the connection has ended")
    }

    private func nextReply() async throws(PostgresError) -> Reply? {
        try await flushAll()
        while let handle {
            if !handle.isBusy { return handle.take() }
            try await waitForSocket(.read)
        }
        throw loss ?? PostgresError(.connectionLost, "the connection has ended")
    }

    /// Takes the rest of the answer: the last result and the first failure.
    private func takeToEnd() async throws(PostgresError) -> (PostgresResult?, PostgresError?) {
        var result: PostgresResult?
        var failure: PostgresError?
        while let reply = try await nextReply() {
            switch reply {
            case .completed(let last): result = last
            case .failed(let error): failure = failure ?? error
            case .copyIn, .copyOut:
                let error = PostgresError(.protocolViolation, "COPY needs a call of its own")
                lose(error)
                throw error
            case .aborted, .synced: break
            }
        }
        if handle?.isBroken ?? true { throw sendingFailed() }
        return (result, failure)
    }
}
