import ChatApplication
import ChatDomain
import JSONText
import Reactor
import WireProtocol

/// A client's connection and, once logged in, its session. Owned by one `LoopWorker`; never leaves its loop.
final class Connection {
    /// Its number on this node; also the chain of its commands.
    let id: Int
    let stream: any ClientStream
    /// Since when nobody is logged in on it.
    var loggedOutAt: Int64
    let address: String
    var inbox: [WorkItem] = []
    /// A request that those behind it wait for is under way.
    var isBusy = false
    /// Commands on their way into the log.
    var underWay = 0
    var unreadable = 0
    var lastByteAt: Int64
    /// Nothing is read from it for the moment.
    var isPaused = false
    var bucket: TokenBucket
    var session: Session?
    /// Numbers the frames; those up to `refusedUpTo` that change something get 503 because one before them did.
    var received = 0
    var refusedUpTo = 0
    var peerEnded = false
    /// What is said once everything before it is answered, before the connection is closed.
    var lastWords: [UInt8]?
    /// Why it is closed after them.
    var farewell = Farewell.refused
    var isClosing = false
    /// Its session ended itself: what still waits is answered, but nobody logs in on it any more.
    var isDismissed = false

    init(id: Int, stream: any ClientStream, address: String, settings: SessionSettings, now: Int64) {
        self.id = id
        self.stream = stream
        loggedOutAt = now
        lastByteAt = now
        self.address = address
        bucket = TokenBucket(rate: settings.rateCommands, burst: settings.rateBurst, now: now)
    }

    /// Closes at once, without an answer to what is under way.
    func abandon() {
        isClosing = true
        inbox = []
        stream.close()
    }
}

/// An element of a frame that waits to be carried out.
struct WorkItem {
    var element: RPCFrame.Element
    var slot: ReplySlot
    var number: Int
    /// When it came, in microseconds since 1970 UTC.
    var at: Int64
}

/// Somebody who is logged in.
final class Session {
    let user: UserID
    let id: SessionID
    /// nil for a session that only sends.
    let device: String?
    /// The position of its login: what is at or below it is backlog.
    let openedAt: Position
    /// The newest position that an answer gave to it.
    var answered: Position
    /// Up to where its feed was written.
    var sent: Position
    /// The newest position that was pushed to it.
    var pushed: Position
    /// The newest position that it was told of, one way or the other: queries see at least that.
    var told: Position { max(answered, pushed) }
    var feed = FeedState.none
    var isCaughtUp = false
    /// The groups of which the user was a member at `sent`, once the log has told, and those it administered.
    var groups = Standings()
    var hasGroups = false
    /// What it was shown of others' direct messages and has not acknowledged.
    var arrivals = Arrivals()
    /// How many events of its backlog are read at once: about as many as the client takes.
    var page = 32
    /// Whether live items find it.
    var isRouted = false
    var watched: Set<UserID> = []
    /// Who ceased to be a friend since the login: the list of friends that it waits for may be older.
    var unwatched: Set<UserID> = []
    var blocks = StandingBlocks()
    /// Where the client asked its feed to begin.
    let since: Position?
    /// Whether `sent` is known.
    var hasBegun = false
    /// Whether its login was answered; who comes and goes before that, or while the client takes nothing, is held, one
    /// line a friend.
    var isAnswered = false
    /// When it was, in microseconds since 1970 UTC.
    var answeredAt = Int64.max
    var heldPresence: [UserID: [UInt8]] = [:]

    /// The conversations that were told of its typing, within the second that began at `typingSince`.
    private var typing: Set<Conversation> = []
    private var typingSince: Int64 = 0

    /// Whether others are told that it types: once a second in each conversation.
    func mayTell(of conversation: Conversation, now: Int64) -> Bool {
        if now - typingSince >= 1_000_000 {
            typing = []
            typingSince = now
        }
        return typing.insert(conversation).inserted
    }

    struct Standings {
        /// With the position of each joining.
        var member: [GroupID: Position] = [:]
        var admin: Set<GroupID> = []
    }

    enum FeedState {
        /// No feed, or not begun.
        case none
        /// Pages from the log are on their way.
        case catchingUp
        /// Too much waits for the client: the feed goes on from the log once it has taken it.
        case waiting
        /// It has caught up with more than the loop has been given: it goes on when the loop has.
        case parked
        /// The loop gives it every item.
        case live
        /// The session has ended, whether the client has heard of it or not.
        case over
    }

    init(user: UserID, id: SessionID, device: String?, openedAt: Position, since: Position?) {
        self.user = user
        self.id = id
        self.device = device
        self.openedAt = openedAt
        self.since = since
        answered = openedAt
        sent = .start
        pushed = .start
    }
}
