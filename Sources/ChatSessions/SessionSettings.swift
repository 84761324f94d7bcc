public import ChatDomain

/// What a client may meet at this server; the defaults are those of the wire contract.
public struct SessionSettings: Sendable {
    /// Bytes of a frame from a client, the line end not counted: a longer one is refused, and the connection closed.
    public var frameBytes = 65_536
    /// Bytes of a message's text: a longer one is a bad parameter.
    public var textBytes = 16_384
    /// Commands a second that one connection may send in the long run; 0 is no limit. Beyond it: 429.
    public var rateCommands = 100
    /// Commands that one connection may send at once.
    public var rateBurst = 200
    /// Failed logins a minute for one account from one address; 0 is no limit. Beyond it: 429.
    public var rateLoginFailures = 10
    /// Failed logins a minute from one address; 0 is no limit. Beyond it: 429.
    public var rateLoginFailuresAddress = 60
    /// Registrations a minute from one address; 0 is no limit. Beyond it: 429.
    public var rateRegistrations = 60
    /// Bytes that may wait for a client: beyond it nothing is read from it, and its feed is read from the log.
    public var sessionQueue = 262_144
    /// Seconds without a byte before `goaway` `idle`.
    public var timeoutIdle = 90
    /// Seconds without a login before the connection is closed.
    public var timeoutLogin = 30
    /// Seconds in which a client accepts not a byte before `goaway` `slow`.
    public var timeoutWrite = 60
    /// Seconds in which a PROXY header, a TLS handshake or the head of a request over HTTP has to come, and in which an
    /// answer over HTTP has to be taken; beyond it the connection is closed.
    public var timeoutHandshake = 10
    /// What deciding counts.
    public var domain = DomainLimits()
    /// Bytes of a frame to a client: pages end early.
    public static let replyBytes = 1 << 20
    /// Bytes that `text.bytes` may allow: a message of them, each escaped as six, still fits a frame to a client.
    public static let longestText = 163_840
    /// Frames of one connection that wait for those before them; beyond it nothing is read from it.
    public static let inbox = 256
    /// Commands of one connection on their way into the log; beyond it the next ones wait.
    public static let commandsUnderWay = 256
    /// Frames in a row that are no JSON; the last one is answered, then the connection is closed.
    public static let unreadableFrames = 3
    /// Bytes of the newest feed items that a loop keeps, so that sessions find the seam between backlog and live.
    public static let ringBytes = 8 << 20
    /// The defaults.
    public init() {}

    /// The settings by their names on the command line and in `hello`.
    public static let names: [(name: String, key: any WritableKeyPath<SessionSettings, Int> & Sendable)] = [
        ("frame.bytes", \.frameBytes), ("text.bytes", \.textBytes), ("group.members", \.domain.groupMembers),
        ("user.groups", \.domain.userGroups), ("user.friends", \.domain.userFriends),
        ("user.devices", \.domain.userDevices), ("user.requests", \.domain.userRequests),
        ("user.invitations", \.domain.userInvitations),
        ("rate.commands", \.rateCommands), ("rate.burst", \.rateBurst),
        ("rate.login-failures", \.rateLoginFailures),
        ("rate.login-failures-address", \.rateLoginFailuresAddress), ("rate.registrations", \.rateRegistrations),
        ("session.queue", \.sessionQueue), ("timeout.idle", \.timeoutIdle), ("timeout.login", \.timeoutLogin),
        ("timeout.write", \.timeoutWrite), ("timeout.handshake", \.timeoutHandshake),
    ]

    /// The values that a setting may have: a frame holds at least a request, nothing waits for no time, and what is
    /// multiplied into microseconds or bytes stays far from the largest integer.
    public static func range(of name: String) -> ClosedRange<Int> {
        switch name {
        case "frame.bytes": 256...(1 << 30)
        case "text.bytes": 1...longestText
        case "session.queue": 1...(1 << 30)
        case _ where name.hasPrefix("timeout."): 1...1_000_000_000
        default: 0...1_000_000_000
        }
    }
}
