/// So many logins at a time, the others in the order in which they came: what a login reads once it stands in the log
/// must not find the database's connections taken by thousands of others. Confined to its loop.
final class LoginGate {
    /// Logins of a loop that are under way at the same time.
    static let limit = 256

    private var underWay = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var next = 0

    /// Waits for its turn.
    func enter(isolation: isolated (any Actor)? = #isolation) async {
        guard underWay >= Self.limit else {
            underWay += 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// Lets the next one in.
    func leave() {
        guard next < waiting.count else {
            underWay -= 1
            return
        }
        let following = waiting[next]
        next += 1
        if next == waiting.count {
            waiting = []
            next = 0
        }
        following.resume()
    }
}
