import JSONText
import Reactor
import Telemetry

/// What is counted of logins.
struct LoginCount {
    /// From the connection's beginning to the login's answer, in nanoseconds.
    let times = Histogram(unit: .seconds)
    /// How many have begun.
    var begun = 0
    var succeeded = 0
    var refused = 0
}

/// Measures logins.
extension Generator {
    /// Registers the users, lets them go, and then logs them in for as long as the plan says.
    func logIn(_ plan: LoginPlan) async throws -> LoginReport {
        try await prepare(count: plan.users)
        await close()
        logins = LoginCount()
        let begun = GeneratorClock.now()
        let end = begun + Int64(plan.seconds * 1e9)
        async let usage = ProcessTimes.usage(of: target.processes, after: 0, during: plan.seconds)
        try await forEach(0..<plan.atOnce, atOnce: plan.atOnce) { generator, _ in
            repeat { try await generator.logInOnce(plan) } while GeneratorClock.now() < end
        }
        let seconds = Double(GeneratorClock.now() - begun) / 1e9
        return LoginReport(
            plan: plan, seconds: seconds, succeeded: logins.succeeded, refused: logins.refused,
            times: RunReport.Times(logins.times), usage: await usage)
    }

    private func logInOnce(_ plan: LoginPlan) async throws {
        let index = logins.begun % plan.users
        logins.begun += 1
        let begun = GeneratorClock.now()
        let client = try await connect(index)
        do {
            _ = try await client.call("login", plan.usesPassword ? byPassword(client) : byToken(client))
            logins.times.record(Int(GeneratorClock.now() - begun))
            logins.succeeded += 1
        } catch is ServerRefusal {
            logins.refused += 1
        }
        client.close()
    }
}
