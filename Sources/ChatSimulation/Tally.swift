/// What many worlds came to: how much was really put to the test.
struct Tally {
    var worlds = 0
    var events = 0
    var sessions = 0
    var pushes = 0
    var commands = 0
    var attempts = 0
    var deaths = 0
    var pauses = 0
    var lostTerms = 0
    var steps = 0

    mutating func add(_ other: Tally) {
        worlds += other.worlds
        events += other.events
        sessions += other.sessions
        pushes += other.pushes
        commands += other.commands
        attempts += other.attempts
        deaths += other.deaths
        pauses += other.pauses
        lostTerms += other.lostTerms
        steps += other.steps
    }

    var words: String {
        "\(events) events, \(sessions) sessions, \(pushes) pushes, \(commands) commands in \(attempts) tries, "
            + "\(deaths) deaths, \(pauses) pauses, \(lostTerms) lost terms, \(steps) steps"
    }
}
