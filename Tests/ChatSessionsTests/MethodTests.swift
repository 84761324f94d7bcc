import ChatDomain
import Testing

@testable import ChatSessions

@Suite struct MethodTests {
    @Test func everyMethodHasItsRulesAndEveryRuleItsMethod() {
        #expect(Set(Method.all.map(\.name)) == Set(Authority.methods))
    }

    @Test func exactlyWhatIsRefusedWithoutALoginNeedsOne() {
        for method in Method.all {
            let isRefused = Authority.verdict(of: method.name, for: .notLoggedIn) == .refused(.notLoggedIn)
            #expect(method.needsLogin == isRefused, "\(method.name)")
        }
    }
}
