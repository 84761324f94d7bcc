import JSONText
import Reactor
import Telemetry

/// What is counted of logins.
struct LoginCount {
    /// From the connection's beginning to the login's answer, in nanoseconds.
    let times = Histogram(unit: .seconds)
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
        // Each takes turns with users of its own: nobody logs in twice at a time, which would end one of the sessions.
        try await forEach(0..<plan.atOnce, atOnce: plan.atOnce) { generator, lane in
            var user = lane
            repeat {
                try await generator.logInOnce(plan, user)
                user = user + plan.atOnce < plan.users ? user + plan.atOnce : lane
            } while GeneratorClock.now() < end
        }
        let seconds = Double(GeneratorClock.now() - begun) / 1e9
        return LoginReport(
            plan: plan, seconds: seconds, succeeded: logins.succeeded, refused: logins.refused,
            times: RunReport.Times(logins.times), usage: await usage)
    }

    private func logInOnce(_ plan: LoginPlan, _ index: Int) async throws {
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
