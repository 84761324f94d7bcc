public import ChatDomain

/// What became of a command.
public enum Outcome: Sendable, Hashable {
    /// These events, and this result.
    case decided([ChatEvent], CommandResult)
    /// A refusal.
    case refused(Refusal)
    /// The decider broke the contract that it has with the append.
    case broken(String)

    /// Only this event.
    public static func decided(_ event: ChatEvent, _ result: CommandResult) -> Outcome { .decided([event], result) }

    /// No event, and nothing to tell.
    public static let nothing = Outcome.decided([], .done)
}

/// Given these events, when this command, then that outcome: a log of one process, without a clock.
public struct Scenario: Sendable {
    /// An event that happened, and when the log says so.
    public struct Entry: Sendable {
        /// The event in its place.
        public var event: Decision.NewEvent
        /// In microseconds since 1970 UTC.
        public var recordedAt: Int64
    }

    /// The time of the next command, in microseconds since 1970 UTC.
    public var now: Int64 = 1_800_000_000_000_000
    /// The limits.
    public var limits = DomainLimits()
    /// What happened so far.
    public private(set) var log: [Entry] = []
    /// The states as the append would keep them: made with the decisions.
    public private(set) var states: [StreamName: VersionedState] = [:]

    /// How much later than it was decided an event stands in the log, in microseconds.
    public static let appendDelay: Int64 = 2_000

    /// After these events, which must be of those that a decision gives.
    public init(_ events: [ChatEvent] = []) {
        for event in events { append(event) }
    }

    /// After these events, which must be of those that a decision gives.
    public init(given events: ChatEvent...) { self.init(events) }

    /// The same with further events.
    public func given(_ events: ChatEvent...) -> Scenario {
        var copy = self
        for event in events { copy.append(event) }
        return copy
    }

    /// The same at a later time, in seconds.
    public func after(seconds: Int64) -> Scenario {
        var copy = self
        copy.now += seconds * 1_000_000
        return copy
    }

    /// The same under other limits.
    public func limited(_ change: (inout DomainLimits) -> Void) -> Scenario {
        var copy = self
        change(&copy.limits)
        return copy
    }

    /// The state of a stream; nil if there is none.
    public func state(_ stream: StreamName) -> StreamState? { states[stream]?.state }

    /// The version of a stream; 0 if it does not exist.
    public func version(_ stream: StreamName) -> Int64 { states[stream]?.version ?? 0 }

    /// What a command would come to.
    public func when(_ command: Command, by actor: UserID? = nil) -> Outcome {
        decide(command, by: actor).outcome
    }

    /// Which streams a command's decision, or refusal, rests on.
    public func reads(_ command: Command, by actor: UserID? = nil) -> Set<StreamName> {
        decide(command, by: actor).reads
    }

    /// Carries a command out.
    public mutating func carryOut(_ command: Command, by actor: UserID? = nil) -> Outcome {
        let outcome = when(command, by: actor)
        if case .decided(let events, _) = outcome {
            for event in events { append(event) }
        }
        return outcome
    }

    /// The states as a reader of the log would fold them.
    public func folded() -> [StreamName: VersionedState] {
        var states: [StreamName: VersionedState] = [:]
        for entry in log { Self.apply(entry.event, to: &states, at: entry.recordedAt) }
        return states
    }

    private mutating func append(_ event: ChatEvent) {
        guard let place = event.place else { preconditionFailure("\(event.type.rawValue) is never decided") }
        let placed = Decision.NewEvent(event, in: place.stream, touching: place.touched)
        Self.apply(placed, to: &states, at: now)
        log.append(Entry(event: placed, recordedAt: now + Self.appendDelay))
        now += 10_000
    }

    private static func apply(
        _ placed: Decision.NewEvent, to states: inout [StreamName: VersionedState], at time: Int64
    ) {
        for stream in [placed.stream] + placed.touched {
            let before = states[stream] ?? VersionedState(version: 0, state: nil)
            let state = StreamState.evolve(before.state, stream: stream, event: placed.event, at: time)
            states[stream] = VersionedState(version: before.version + 1, state: state)
        }
    }

    /// Decides as the application does: with nothing at hand, then with exactly what was asked for.
    private func decide(_ command: Command, by actor: UserID?) -> (outcome: Outcome, reads: Set<StreamName>) {
        let context = CommandContext(actor: actor, now: now, limits: limits)
        var loaded: Set<StreamName> = []
        var rounds = 0
        while true {
            var reader = StateReader { [states, loaded] stream in
                loaded.contains(stream) ? states[stream] ?? VersionedState(version: 0, state: nil) : nil
            }
            do throws(DecisionStop) {
                let decision = try Decider.decide(command, context, &reader)
                let reads = Set(reader.reads.map(\.stream))
                return (checked(decision, reads), reads)
            } catch {
                switch error {
                case .refused(let refusal): return (.refused(refusal), Set(reader.reads.map(\.stream)))
                case .missing(let streams):
                    rounds += 1
                    guard rounds == 1 else { return (.broken("asked twice for states, last for \(streams)"), []) }
                    loaded.formUnion(streams)
                }
            }
        }
    }

    /// Every stream that keeps a state and is moved was read: so its new state can be written with the events.
    private func checked(_ decision: Decision, _ reads: Set<StreamName>) -> Outcome {
        for event in decision.events {
            for stream in [event.stream] + event.touched {
                let keepsState = StreamState.evolve(state(stream), stream: stream, event: event.event, at: 0) != nil
                guard reads.contains(stream) || !keepsState else { return .broken("moved \(stream) unread") }
            }
            guard event.event.place == EventPlace(event.stream, touching: event.touched) else {
                return .broken("\(event.event.type.rawValue) is not in its place")
            }
        }
        return .decided(decision.events.map(\.event), decision.result)
    }
}
