import ChatApplication

/// Where the commands of a node's clients go: into the pipeline, or, once `keeps` is set, nowhere.
final class CostIntake: @unchecked Sendable {
    /// A command whose client waits for its answer.
    struct Waiting {
        let request: CommandRequest
        let chain: Int
        let complete: @Sendable (CommandOutcome) -> Void
    }

    var keeps = false
    private(set) var kept: [Waiting] = []
    private let pipeline: CommandPipeline
    private var connections = 0

    init(_ pipeline: CommandPipeline) {
        self.pipeline = pipeline
        // A growing array would be in the counts.
        kept.reserveCapacity(CostStage.most + CostStage.warm)
    }

    func submit(
        _ request: CommandRequest, _ chain: Int, _ completion: @escaping @Sendable (CommandOutcome) -> Void
    ) {
        if keeps {
            kept.append(Waiting(request: request, chain: chain, complete: completion))
        } else {
            pipeline.assumeIsolated { $0.submit(request, chain: chain, completion: completion) }
        }
    }

    /// A number that no other connection has.
    func nextConnection() -> Int {
        connections += 1
        return connections
    }
}
