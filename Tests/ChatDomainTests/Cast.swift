import ChatDomain
import ChatTestKit

/// The people, places and common beginnings of these tests.
let alice = UserID(1)
let bob = UserID(2)
let carol = UserID(3)
let stranger = UserID(99)
let climbers = GroupID(7)
let node = NodeName("a")

func registered(_ user: UserID) -> ChatEvent {
    .userRegistered(
        UserRegistered(
            user: user, nameDigest: "digest\(user)", name: "user\(user)", passwordHash: "hash\(user)", address: nil))
}

func created(_ group: GroupID = climbers, by owner: UserID = alice, _ visibility: Visibility = .open) -> ChatEvent {
    .groupCreated(
        GroupCreated(group: group, owner: owner, name: "climbers", description: "up", visibility: visibility))
}

func joined(_ user: UserID, members: Int, _ group: GroupID = climbers) -> ChatEvent {
    .memberJoined(MemberJoined(group: group, user: user, members: members))
}

func left(_ user: UserID, members: Int, _ group: GroupID = climbers) -> ChatEvent {
    .memberLeft(MemberLeft(group: group, user: user, members: members))
}

func deleted(by user: UserID, members: Int, _ group: GroupID = climbers) -> ChatEvent {
    .groupDeleted(GroupDeleted(group: group, by: user, members: members))
}

func invited(_ user: UserID, by inviter: UserID) -> ChatEvent {
    .memberInvited(MemberInvited(group: climbers, user: user, by: inviter))
}

/// By Alice.
func kicked(_ user: UserID, members: Int) -> ChatEvent {
    .memberKicked(MemberKicked(group: climbers, user: user, by: alice, members: members))
}

/// Given by Alice.
func role(_ role: Role, of user: UserID) -> ChatEvent {
    .roleChanged(RoleChanged(group: climbers, user: user, by: alice, role: role))
}

func requested(_ from: UserID, _ to: UserID) -> ChatEvent { .friendRequested(FriendRequested(from: from, to: to)) }

func befriended(_ from: UserID, _ to: UserID) -> ChatEvent { .friendshipMade(FriendshipMade(from: from, to: to)) }

/// Alice, Bob and Carol have accounts.
let people = Scenario(given: registered(alice), registered(bob), registered(carol))
/// Alice owns an open group.
let withGroup = people.given(created())
