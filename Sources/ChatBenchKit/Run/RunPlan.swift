/// What one run does.
struct RunPlan: Equatable {
    /// How the messages leave.
    enum Pace: Equatable {
        /// So many a second over all clients, on a schedule that waits for nothing.
        case rate(Int)
        /// Each client keeps so many under way, that are not answered or not with every recipient: as fast as the
        /// server delivers them.
        case window(Int)
    }

    /// Where the messages go.
    enum Mode: String, Equatable {
        /// From one to the other of each pair of clients.
        case direct
        /// To groups that hold all clients, each one.
        case group
    }

    var mode: Mode
    /// Members of a conversation: 2 in direct ones.
    var members: Int
    /// Further members of each group who are not there.
    var absent = 0
    /// Groups that each client belongs to, and in which nobody says anything.
    var quietGroups = 0
    /// How many conversations.
    var conversations: Int
    var pace: Pace
    /// The bytes of a text.
    var size: Int
    /// In seconds, before anything is measured.
    var warmup: Double
    /// In seconds.
    var seconds: Double
    /// In seconds: how long what is missing at the end is waited for.
    var drain: Double
    /// Whether clients acknowledge what they were shown, every second.
    var acknowledges: Bool

    /// How many clients it needs.
    var clients: Int { members * conversations }
}
