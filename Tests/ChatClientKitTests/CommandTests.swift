import CommandLineTool
import JSONText
import ParleyClient
import Testing

@testable import ChatClientKit

private func words(_ line: String) throws -> [String: String]? {
    try CommandWords(line: line)?.values
}

private func complaint(_ line: String) -> String? {
    do {
        _ = try CommandWords(line: line)
        return nil
    } catch {
        return error.description
    }
}

@Suite struct CommandWordsTests {
    @Test func aTextIsTakenAsItStands() throws {
        #expect(try words("chat bob hello  there: you \"all\"") == ["to": "bob", "text": "hello  there: you \"all\""])
        #expect(try words("  groupchat \"my group\" hi ") == ["group": "my group", "text": "hi"])
    }

    @Test func furtherColonsOfTheOlderFormBelongToTheText() throws {
        #expect(try words("chat:bob:hello: there: you") == ["to": "bob", "text": "hello: there: you"])
        #expect(try words("addfriend:bob") == ["user": "bob"])
        #expect(try words("history:group:7") == ["conversation": "group:7"])
        #expect(try words("friends:") == [:])
    }

    @Test func optionalParametersStandBehindOrHaveNames() throws {
        #expect(try words("history bob 20 limit=5") == ["conversation": "bob", "before": "20", "limit": "5"])
        #expect(try words("chat replyTo=5 bob yes") == ["replyTo": "5", "to": "bob", "text": "yes"])
        #expect(try words("chat bob replyTo=5 yes") == ["replyTo": "5", "to": "bob", "text": "yes"])
        #expect(try words("chat bob replyTo=five yes") == ["to": "bob", "text": "replyTo=five yes"])
        #expect(try words("creategroup climbers \"on Sundays\" invite")?["visibility"] == "invite")
    }

    @Test func mistakesSayHowTheCommandIsTyped() {
        #expect(complaint("chat bob") == "chat lacks TEXT: it is typed chat [replyTo=…] USER TEXT")
        #expect(complaint("whoami now") == "too many words for whoami: it is typed whoami")
        #expect(complaint("register bob secret") != nil)
    }

    @Test func anUnknownCommandIsNone() throws {
        #expect(try CommandWords(line: "dance") == nil)
        #expect(try CommandWords(line: "") == nil)
    }

    @Test func everyCommandOfTheProtocolIsThere() {
        let methods = [
            "hello", "register", "login", "logout", "changepassword", "deleteaccount", "whoami", "sessions",
            "endsession", "enddevice", "finduser", "ping", "addfriend", "acceptfriend", "rejectfriend", "removefriend",
            "block", "unblock", "friends", "creategroup", "updategroup", "deletegroup", "joingroup", "leavegroup",
            "invite", "kick", "setrole", "groups", "groupinfo", "findgroup", "chat", "groupchat", "edit", "recall",
            "react", "ack", "read", "typing", "history", "conversations", "search",
        ]
        #expect(CommandTable.commands.map(\.method).sorted() == methods.sorted())
    }

    @Test func noPasswordIsEverTypedAsAWord() {
        for spec in CommandTable.commands {
            #expect(!spec.typed.contains { ["password", "old", "new"].contains($0.name) }, "\(spec.method)")
        }
    }

    @Test func aPasswordTypedAgainstTheHelpIsNotRemembered() {
        #expect(Interactive.withoutSecrets("login bob hunter22") == "login bob")
        #expect(Interactive.withoutSecrets("register:bob:hunter22") == "register bob")
        #expect(Interactive.withoutSecrets("changepassword hunter22 other") == "changepassword")
        #expect(Interactive.withoutSecrets("call login {\"password\":\"x\"}") == "call")
        #expect(Interactive.withoutSecrets("chat bob login: hi") == "chat bob login: hi")
    }
}

@Suite struct ResolutionTests {
    private var directory: Directory {
        var directory = Directory()
        directory.learnLogin([
            "user": ["id": 3, "name": "bob"], "friends": [["id": 9, "name": "Ann"]],
            "groups": [["id": 7, "name": "climbers"], ["id": 8, "name": "twins"], ["id": 10, "name": "twins"]],
        ])
        return directory
    }

    private func resolve(_ line: String) throws -> JSONObject {
        let command = try #require(try CommandWords(line: line))
        return try Resolution(directory: directory) { method, _ in
            method == "finduser" ? ["users": [["id": 2, "name": "zoe"]]] : [:]
        }.parameters(of: command)
    }

    @Test func digitsAreAnIdAndAnythingElseAName() throws {
        #expect(try resolve("chat 12 hi")["to"] == 12)
        #expect(try resolve("chat bob hi")["to"] == "bob")
        #expect(try resolve("chat @12 hi")["to"] == "12")
    }

    @Test func aGroupIsAnIdOrTheNameOfOneOfOnesOwn() throws {
        #expect(try resolve("groupchat climbers hi")["group"] == 7)
        #expect(try resolve("groupchat Climbers hi")["group"] == 7)
        #expect(try resolve("groupchat 99 hi")["group"] == 99)
        #expect(throws: Refusal.self) { try resolve("groupchat twins hi") }
        #expect(throws: Refusal.self) { try resolve("groupchat strangers hi") }
    }

    @Test func aConversationMayBeNamedByItsGroupOrItsUser() throws {
        #expect(try resolve("history direct:3:9")["conversation"] == "direct:3:9")
        #expect(try resolve("history climbers")["conversation"] == "group:7")
        #expect(try resolve("history ann")["conversation"] == "direct:3:9")
        #expect(try resolve("history zoe")["conversation"] == "direct:2:3")
        #expect(throws: Refusal.self) { try resolve("history nobody") }
    }

    @Test func numbersAndTruthsAreChecked() throws {
        #expect(try resolve("recall group:7 5")["seq"] == 5)
        #expect(throws: UsageError.self) { try resolve("recall group:7 five") }
        #expect(try resolve("react group:7 5 👍 true")["remove"] == true)
        #expect(throws: UsageError.self) { try resolve("react group:7 5 👍 perhaps") }
    }

    @Test func theDirectoryFollowsTheFeed() {
        var directory = directory
        let group: JSONValue = ["id": 11, "name": "readers"]
        directory.learnPush(
            "groupchanged", ["group": group, "change": "joined", "user": ["id": 3, "name": "bob"], "by": ["id": 3]])
        #expect(directory.ownGroups(named: "readers") == [11])
        directory.learnPush(
            "groupchanged", ["group": group, "change": "kicked", "user": ["id": 3, "name": "bob"], "by": ["id": 9]])
        #expect(directory.ownGroups(named: "readers") == [])
        directory.learnPush("friendadded", ["user": ["id": 20, "name": "cleo"]])
        #expect(directory.friendNames == ["Ann", "cleo"])
    }

    private func completed(_ line: String) -> String? {
        Completion(line, directory: directory).map { completion in
            String(line.unicodeScalars.dropLast(completion.replaced)) + completion.text
        }
    }

    @Test func commandsAndNamesAreCompleted() {
        #expect(completed("groupc") == "groupchat ")
        #expect(completed("groupchat cl") == "groupchat climbers ")
        #expect(completed("groupchat:cl") == "groupchat:climbers:")
        #expect(completed("chat a") == "chat Ann ")
        #expect(completed("help groupi") == "help groupinfo ")
        #expect(completed("chat Ann he") == nil)
        #expect(completed("dance a") == nil)
        #expect(Completion("fr", directory: directory)?.choices == [])
        #expect(Completion("find", directory: directory)?.choices == ["findgroup", "finduser"])
    }
}
