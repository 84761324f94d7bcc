import Sealing
import Testing

@Suite struct PasswordTests {
    @Test func aPasswordMatchesItsOwnHashOnly() throws {
        let hash = try Passwords.hash("correct horse", cost: .test)
        #expect(Passwords.verify("correct horse", against: hash))
        #expect(!Passwords.verify("correct horsf", against: hash))
        #expect(!Passwords.verify("correct hors", against: hash))
        #expect(!Passwords.verify("", against: hash))
    }

    @Test func theSamePasswordHashesDifferentlyEachTime() throws {
        let first = try Passwords.hash("secret", cost: .test)
        let second = try Passwords.hash("secret", cost: .test)
        #expect(first != second)
        #expect(first.hasPrefix("$argon2id$"))
    }

    @Test func aHashIsVerifiedAtTheCostThatItCarries() throws {
        let cheap = try Passwords.hash("secret", cost: .test)
        let dear = try Passwords.hash("secret")
        #expect(dear.contains("m=65536,t=2"))
        #expect(cheap.contains("m=8,t=1"))
        #expect(Passwords.verify("secret", against: cheap))
        #expect(Passwords.verify("secret", against: dear))
        #expect(!Passwords.verify("Secret", against: dear))
    }

    @Test func aNulEndsNoPassword() throws {
        let hash = try Passwords.hash([1, 0, 2], cost: .test)
        #expect(Passwords.verify([1, 0, 2], against: hash))
        #expect(!Passwords.verify([1, 0, 3], against: hash))
        #expect(!Passwords.verify([1], against: hash))
    }

    @Test func theEmptyPasswordIsAPasswordLikeAnyOther() throws {
        let hash = try Passwords.hash("", cost: .test)
        #expect(Passwords.verify("", against: hash))
        #expect(!Passwords.verify("a", against: hash))
    }

    @Test(arguments: [
        "", "$argon2id$", "plain", String(repeating: "x", count: 500), "$argon2id$v=19$m=8,t=1,p=1$\u{0}",
    ])
    func whatIsNoHashMatchesNothing(_ text: String) {
        #expect(!Passwords.verify("secret", against: text))
        #expect(!Passwords.verify("", against: text))
    }
}
