import ChatDomain
import Testing
import WireProtocol

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

    /// Any method may get these, so that they are not described with each.
    private static let common: Set<Refusal> = [.notLoggedIn, .rateLimited, .unavailable]

    @Test func everyRefusalOfTheTableIsDescribedWithItsMethod() {
        for rule in Authority.rules {
            let described = MethodContract.all.first { $0.name == rule.method }?.refusals ?? []
            for relation in rule.scope.relations {
                guard case .refused(let refusal) = rule.verdict(relation), !Self.common.contains(refusal) else {
                    continue
                }
                #expect(described.contains(refusal), "\(rule.method): \(refusal.reason)")
            }
        }
    }

    @Test func aMethodThatTakesAKeyMayFindItReused() {
        for method in MethodContract.all where method.parameters.contains(where: { $0.name == "key" }) {
            #expect(method.refusals.contains(.keyReused), "\(method.name)")
        }
    }
}
