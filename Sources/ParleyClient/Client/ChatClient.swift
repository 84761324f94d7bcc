public import JSONText
import Synchronization

/// One user's client: it connects, logs in, connects again when the connection is lost and goes on where it was. Commands
/// wait for their answers as long as that takes, and happen once. Any thread; it has a thread of its own for what it does,
/// which ends with `close()` or with the last reference.
public final class ChatClient: Sendable {
    let desk: ClientDesk

    /// A client that does nothing yet.
    public init(_ configuration: ClientConfiguration) {
        desk = ClientDesk(configuration)
    }

    deinit {
        desk.order(.close(nil))
    }

    /// Connects and logs in; comes back once that is done. A second call gives the login that there is.
    ///
    /// - Throws: `ChatError`: `refused` for wrong credentials, `unreachable` once the patience is over.
    @discardableResult
    public func connect() async throws(ChatError) -> Login {
        desk.start()
        return try await desk.login()
    }

    /// Logs in with these credentials, where the configuration had none, or after `logout`. The connection is made if
    /// there is none.
    ///
    /// - Throws: `ChatError`, as ``connect()`` does.
    @discardableResult
    public func logIn(_ credentials: ClientConfiguration.Credentials) async throws(ChatError) -> Login {
        desk.start()
        desk.order(.logIn(credentials))
        return try await desk.login()
    }

    /// Sends any command and gives its result, through lost connections and busy servers. Commands take effect in the
    /// order in which they were submitted; two that run at the same time are submitted in no particular one.
    ///
    /// The client connects if it has not yet. A command that changes something and takes a key is given one,
    /// so that it happens once however often it is sent.
    /// Cancelling the task gives up the answer, and the command too if it was not sent yet.
    ///
    /// - Parameter key: the caller's own, to repeat the command after the program was started anew.
    /// - Throws: `ChatError`, or `CancellationError`.
    @discardableResult
    public func call(_ method: String, _ params: JSONObject = [:], key: String? = nil) async throws -> JSONValue {
        desk.start()
        var params = params
        if let key { params["key"] = .string(key) }
        if params["key"] == nil, RetryRule.usual(for: method) == .underItsKey {
            params["key"] = .string(CommandKey.make())
        }
        let retry: RetryRule = params["key"] == nil ? .usual(for: method) : .underItsKey
        return try await desk.call(method, params, retry)
    }

    /// What the user is shown, from where the device left off: first the backlog, then live. It ends after `close()`, and
    /// throws `ChatError` when the session ends for good.
    ///
    /// The client connects when the first push is asked for, if it has not yet. For one consumer: two would share the
    /// pushes between them. While nobody takes them, a bounded number waits here, and the rest at the server.
    public var feed: Feed { Feed(self) }

    /// The states of the connection, beginning with the present one. Each caller gets all; who does not keep up misses
    /// the oldest.
    public var states: AsyncStream<ConnectionState> { desk.states(of: self) }

    /// Tells the server that everything up to this position has arrived for good: no session of the device is shown it
    /// again. Needed only where the configuration says that taking is not acknowledging.
    public func acknowledge(upTo position: Int64) { desk.acknowledge(position) }

    /// Acknowledges what was taken, waits at most two seconds for that, and ends. Commands that still wait throw `closed`.
    public func close() async {
        await withCheckedContinuation { desk.order(.close($0)) }
    }
}
