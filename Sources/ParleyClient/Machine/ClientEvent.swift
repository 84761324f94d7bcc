package import JSONText

/// What the client machine tells its user interface.
package enum ClientEvent: Equatable {
    /// A session is open. `isResumed` if there was one before in this run.
    case loggedIn(JSONObject, isResumed: Bool)
    /// The kept token is good no more.
    case tokenRefused
    /// No token, and no password or a wrong one (then with the refusal). The machine waits for one.
    case passwordNeeded(Refusal?)
    case reply(tag: Int, JSONValue)
    case refused(tag: Int, Refusal)
    /// The answer got lost, and the request must not be sent twice.
    case unknown(tag: Int)
    /// `bytes`: how long its frame was.
    case push(String, JSONObject, bytes: Int)
    /// The server could not read something, or complains without naming a request.
    case complaint(Refusal)
    /// A connection is being made.
    case connecting
    /// The connection is gone (or there never was one); the next attempt follows after so many milliseconds.
    case lost(String, retryIn: Int)
    /// It is over: nothing more will happen by itself.
    case stopped(StopReason)
}

/// Why the machine stopped.
package enum StopReason: Equatable {
    /// Another session of this user and device took over.
    case replaced
    /// The session was ended: logged out elsewhere, password changed, account deleted.
    case revoked
    /// There is no connection, and patience has an end.
    case unreachable(String)
    /// The server does not let this client in.
    case refused(Refusal)
}

/// What the machine wants done. Performed in order.
package enum ClientAction: Equatable {
    case connect
    case send([UInt8])
    case disconnect
    case event(ClientEvent)
}
