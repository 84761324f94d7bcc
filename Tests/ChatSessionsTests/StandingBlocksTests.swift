import ChatDomain
import Testing

@testable import ChatSessions

@Suite struct StandingBlocksTests {
    private let mine = Block(by: UserID(3), user: UserID(9))
    private let theirs = Block(by: UserID(9), user: UserID(3))
    private var blocks = StandingBlocks()

    private var stand: Bool { blocks.stand(between: UserID(3), and: UserID(9)) }

    @Test mutating func aBlockStandsUntilItIsTakenBackWhoeverSetIt() {
        blocks.load([mine])
        #expect(stand)
        blocks.hear(theirs, stands: true)
        blocks.hear(mine, stands: false)
        #expect(stand)
        blocks.hear(theirs, stands: false)
        #expect(!stand)
    }

    @Test mutating func whatWasHeardBeforeTheReadTablesAnsweredIsNewer() {
        blocks.hear(mine, stands: false)
        blocks.hear(theirs, stands: true)
        blocks.load([mine])
        #expect(stand)
        blocks.hear(theirs, stands: false)
        #expect(!stand)
    }

    @Test mutating func beyondTheLimitEverybodyCountsAsBlockedButOneself() {
        blocks.load((0...StandingBlocks.limit).map { Block(by: UserID(Int64($0) + 10), user: UserID(3)) })
        #expect(stand)
        #expect(!blocks.stand(between: UserID(3), and: UserID(3)))
    }
}
