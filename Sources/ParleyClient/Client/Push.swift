public import JSONText

/// What the server told this client unasked.
public struct Push: Sendable, Equatable {
    /// Its name on the wire: `message`, `edited`, `presence`, …; ``reset`` is the client's own.
    public let method: String
    /// What it says, as it stands on the wire.
    public let params: JSONObject

    /// What the client itself says after the server was restored from a backup: what lies above `position` never
    /// happened, and the feed goes on from there.
    public static let reset = "reset"

    /// A push, as a test may want to make one.
    public init(method: String, params: JSONObject) {
        self.method = method
        self.params = params
    }

    /// Its place in the log; nil for what is in no log, such as `typing`.
    public var position: Int64? { params["position"]?.intValue }

    /// The message, if it is one.
    public var message: Message? {
        method == Wire.Push.message ? Message(params) : nil
    }

    /// Whether it belongs to the feed: it comes in the order of positions, again if need be, and is acknowledged. The
    /// others go to whoever is connected and are never repeated.
    public var isOfFeed: Bool { Push.feedMethods.contains(method) }

    /// Whether its position says how far the feed is.
    var marksTheFeed: Bool { isOfFeed || method == Wire.Push.caughtUp }

    private static let feedMethods: Set<String> = [
        Wire.Push.message, Wire.Push.edited, Wire.Push.recalled, Wire.Push.reaction, Wire.Push.friendRequest,
        Wire.Push.friendAdded, Wire.Push.friendRemoved, Wire.Push.groupChanged,
    ]
}
