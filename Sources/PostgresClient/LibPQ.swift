import CPostgres
import Glibc

// Every unsafe call of this module. A connection's handle is owned by one `LibPQ`, a result never leaves `take`, and
// what libpq keeps of our memory it copies before its function returns.

/// One message of the server, taken out of libpq.
enum Reply {
    /// A statement came to its end.
    case completed(PostgresResult)
    case failed(PostgresError)
    /// Skipped, because something ahead of it up to the last sync failed.
    case aborted
    case synced
    case copyIn
    case copyOut
}

/// What a connecting handle waits for.
enum ConnectStep {
    case wait(write: Bool)
    case done
    case failed(PostgresError)
}

/// A `PGconn`. Not thread-safe; closed by `finish()` or with the last reference.
@safe final class LibPQ {
    private var connection: OpaquePointer?

    /// Begins to connect without waiting (`PQconnectStartParams`), except for name resolution.
    ///
    /// - Parameter host: one of `hosts(in:)`; without it libpq goes through all.
    init(
        conninfo: String, applicationName: String, host: HostChoice = HostChoice(keywords: [])
    ) throws(PostgresError) {
        _ = try Self.hosts(in: conninfo)
        // Ahead of `dbname`, which holds the whole string: what this one says of them counts. A limit for connecting
        // is not among them, for libpq leaves that to whoever polls.
        let defaults = PostgresLimits.vanishedHost
        let chosen = host.keywords
        let names = defaults.map(\.0) + ["dbname"] + chosen.map(\.name) + ["application_name", "client_encoding"]
        let values = defaults.map(\.1) + [conninfo] + chosen.map(\.value) + [applicationName, "UTF8"]
        unsafe connection = Self.withCStrings(names) { names in
            unsafe Self.withCStrings(values) { values in unsafe PQconnectStartParams(names, values, 1) }
        }
        guard unsafe PQstatus(connection) != CONNECTION_BAD else {
            defer { finish() }
            throw PostgresError(.connectionFailed, lastMessage)
        }
        // libpq would print notices to standard error.
        unsafe PQsetNoticeReceiver(connection, { _, _ in }, nil)
        unsafe PQsetErrorVerbosity(connection, PQERRORS_TERSE)
    }

    /// The hosts that a connection string names, in their order.
    static func hosts(in conninfo: String) throws(PostgresError) -> [HostChoice] {
        guard let parsed = unsafe PQconninfoParse(conninfo, nil) else {
            // libpq's own words would quote a piece of the string, maybe the password.
            throw PostgresError(.connectionFailed, "the connection string is malformed")
        }
        defer { unsafe PQconninfoFree(parsed) }
        var options: [String: String] = [:]
        var option = unsafe parsed
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                options[unsafe String(cString: keyword)] = unsafe String(cString: value)
            }
            unsafe option += 1
        }
        let port = unsafe getenv("PGPORT").map { unsafe String(cString: $0) }
        return HostChoice.all(in: options, defaultPort: port ?? "5432")
    }

    deinit {
        finish()
    }

    /// Closes the connection. Repeatable.
    func finish() {
        guard let open = unsafe connection else { return }
        unsafe connection = nil
        unsafe PQfinish(open)
    }

    var socket: Int32 { unsafe PQsocket(connection) }
    var isBroken: Bool { unsafe PQstatus(connection) == CONNECTION_BAD }
    /// Whether no transaction is open and none has failed.
    var isOutsideTransaction: Bool { unsafe PQtransactionStatus(connection) == PQTRANS_IDLE }
    var serverProcess: Int32 { unsafe PQbackendPID(connection) }

    func connectStep() -> ConnectStep {
        switch unsafe PQconnectPoll(connection) {
        case PGRES_POLLING_READING: return .wait(write: false)
        case PGRES_POLLING_WRITING: return .wait(write: true)
        case PGRES_POLLING_OK:
            unsafe PQsetnonblocking(connection, 1)
            return .done
        default: return .failed(PostgresError(.connectionFailed, lastMessage))
        }
    }

    // MARK: Sending

    func enterPipeline() -> Bool { unsafe PQenterPipelineMode(connection) == 1 }
    func exitPipeline() -> Bool { unsafe PQexitPipelineMode(connection) == 1 }
    func sendSync() -> Bool { unsafe PQpipelineSync(connection) == 1 }
    func sendScript(_ sql: String) -> Bool { unsafe PQsendQuery(connection, sql) == 1 }

    func sendPrepare(_ name: String, _ sql: String, types: [UInt32]) -> Bool {
        unsafe PQsendPrepare(connection, name, sql, Int32(types.count), types) == 1
    }

    func sendPrepared(_ name: String, _ parameters: ParameterBlock) -> Bool {
        unsafe Self.withPointers(parameters) { values in
            unsafe PQsendQueryPrepared(
                connection, name, Int32(parameters.types.count), values, parameters.lengths, parameters.formats, 1) == 1
        }
    }

    func sendUnprepared(_ sql: String, _ parameters: ParameterBlock) -> Bool {
        unsafe Self.withPointers(parameters) { values in
            unsafe PQsendQueryParams(
                connection, sql, Int32(parameters.types.count), parameters.types, values, parameters.lengths,
                parameters.formats, 1) == 1
        }
    }

    /// 1 when bytes remain to be sent, 0 when none do, -1 on failure.
    func flush() -> Int32 { unsafe PQflush(connection) }

    // MARK: Receiving

    /// Reads what the socket holds. False when the connection is gone.
    func consumeInput() -> Bool { unsafe PQconsumeInput(connection) == 1 }

    /// Whether `take` would have to wait. Also parses what came in.
    var isBusy: Bool { unsafe PQisBusy(connection) == 1 }

    /// The next message; nil at the end of a statement's messages.
    func take() -> Reply? {
        guard let result = unsafe PQgetResult(connection) else { return nil }
        defer { unsafe PQclear(result) }
        switch unsafe PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: return unsafe .completed(Self.copy(result))
        case PGRES_PIPELINE_SYNC: return .synced
        case PGRES_PIPELINE_ABORTED: return .aborted
        case PGRES_COPY_IN: return .copyIn
        case PGRES_COPY_OUT: return .copyOut
        default: return unsafe .failed(Self.error(result))
        }
    }

    /// The next notification that has come in: channel and payload.
    func takeNotification() -> (channel: String, payload: String)? {
        guard let notification = unsafe PQnotifies(connection) else { return nil }
        defer { unsafe PQfreemem(notification) }
        return unsafe (
            String(cString: notification.pointee.relname), String(cString: notification.pointee.extra)
        )
    }

    // MARK: COPY

    func putCopy(_ bytes: [UInt8]) -> Bool {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
                unsafe PQputCopyData(connection, characters.baseAddress, Int32(characters.count)) == 1
            }
        }
    }

    /// Ends a COPY to the server; with a reason, it is made to fail.
    func endCopy(failure: String?) -> Bool {
        if let failure { return unsafe PQputCopyEnd(connection, failure) == 1 }
        return unsafe PQputCopyEnd(connection, nil) == 1
    }

    /// Appends one message of a COPY to `chunk`. Returns false when none is there yet, nil at the end.
    func getCopy(into chunk: inout [UInt8]) -> Bool? {
        var buffer: UnsafeMutablePointer<CChar>?
        let count = unsafe PQgetCopyData(connection, &buffer, 1)
        guard count > 0, let buffer = unsafe buffer else { return count == 0 ? false : nil }
        unsafe chunk.append(contentsOf: UnsafeRawBufferPointer(start: buffer, count: Int(count)))
        unsafe PQfreemem(buffer)
        return true
    }

    // MARK: Copies of libpq's memory

    /// libpq's words about its last failure, in one line. They name host and user, never the password.
    var lastMessage: String {
        guard let text = unsafe PQerrorMessage(connection) else { return "no connection" }
        return unsafe String(cString: text).split(separator: "\n").joined(separator: "; ")
    }

    private static func copy(_ result: OpaquePointer) -> PostgresResult {
        var copy = PostgresResult()
        let (rows, columns) = unsafe (PQntuples(result), PQnfields(result))
        copy.columnCount = Int(columns)
        copy.commandTag = unsafe String(cString: PQcmdStatus(result))
        copy.affectedRows = unsafe Int(String(cString: PQcmdTuples(result))) ?? 0
        guard rows > 0 else { return copy }
        copy.cells.reserveCapacity(Int(rows) * Int(columns))
        var total = 0
        for row in 0..<rows {
            for column in 0..<columns {
                let isNull = unsafe PQgetisnull(result, row, column) == 1
                let length = unsafe isNull ? -1 : Int(PQgetlength(result, row, column))
                copy.cells.append(PostgresResult.Cell(offset: total, length: length))
                total += max(length, 0)
            }
        }
        copy.bytes.reserveCapacity(total)
        for row in 0..<rows {
            for column in 0..<columns {
                let length = unsafe Int(PQgetlength(result, row, column))
                guard length > 0, let value = unsafe PQgetvalue(result, row, column) else { continue }
                unsafe copy.bytes.append(contentsOf: UnsafeRawBufferPointer(start: value, count: length))
            }
        }
        return copy
    }

    private static func error(_ result: OpaquePointer) -> PostgresError {
        func field(_ code: Unicode.Scalar) -> String? {
            unsafe PQresultErrorField(result, Int32(code.value)).map { unsafe String(cString: $0) }
        }
        let sqlState = field("C")
        let text = unsafe field("M") ?? String(cString: PQresultErrorMessage(result))
        return PostgresError(sqlState: sqlState, serverMessage: text, constraint: field("n"), serverDetail: field("D"))
    }

    private static func withPointers<Result>(
        _ parameters: ParameterBlock, _ body: ([UnsafePointer<CChar>?]) -> Result
    ) -> Result {
        unsafe parameters.bytes.withUnsafeBufferPointer { (buffer: UnsafeBufferPointer<UInt8>) -> Result in
            unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
                let base = characters.baseAddress
                var values: [UnsafePointer<CChar>?] = unsafe []
                unsafe values.reserveCapacity(parameters.offsets.count)
                for index in parameters.offsets.indices {
                    unsafe values.append(
                        parameters.lengths[index] < 0 ? nil : base?.advanced(by: parameters.offsets[index]))
                }
                return unsafe body(values)
            }
        }
    }

    /// A null-terminated array of C strings.
    private static func withCStrings<Result>(_ texts: [String], _ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
        let copies = unsafe texts.map { unsafe strdup($0) }
        defer { unsafe copies.forEach { unsafe free($0) } }
        return unsafe body(copies.map { unsafe UnsafePointer($0) } + [nil])
    }
}
