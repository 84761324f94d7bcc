import ChatApplication
import ChatDomain
import ChatTestKit
import Synchronization
import Testing

/// Whom the elected node takes apart after a deletion.
@Suite struct AccountRemovalTests {
    // The first fifty were looked at again and again, and nobody behind them ever.
    @Test func accountsThatHaveToWaitKeepNobodyBehindThemWaiting() async throws {
        let tables = PretendTables(accounts: Int64(AccountRemoval.page) * 2 + 1)
        let clock = SimulatedLoop()
        let single = SingleCommand(log: InMemoryEventLog(), keys: InMemorySealingKeys(), clock: clock)
        let removal = AccountRemoval(reads: tables, single: single, keys: tables)
        let waiting = Mutex<[UserID]>([])
        try await removal.round { user, _ in waiting.withLock { $0.append(user) } }
        #expect(waiting.withLock { $0 }.count == AccountRemoval.page * 2)
        #expect(tables.destroyed.withLock { $0 } == [tables.last])
    }
}

/// Deleted accounts of which nothing is left, and of which only the last one's remains can be told.
private final class PretendTables: RemovalReads, SealingKeyDestroyer {
    let last: UserID
    let destroyed = Mutex<[UserID]>([])

    init(accounts: Int64) { last = UserID(accounts) }

    func deletedAccounts(after: Position, limit: Int) async throws(EventLogError) -> [DeletedAccount] {
        guard after.value < last.value else { return [] }
        return (after.value + 1...last.value).prefix(limit).map { DeletedAccount(user: UserID($0), at: Position($0)) }
    }

    func remains(of user: UserID, atLeast: Position) async throws(EventLogError) -> AccountRemains {
        guard user == last else { throw .refused("owner_must_pass_on") }
        return AccountRemains(contacts: [], memberships: [])
    }

    func destroyPersonKey(of user: UserID) async throws(EventLogError) {
        destroyed.withLock { $0.append(user) }
    }
}
