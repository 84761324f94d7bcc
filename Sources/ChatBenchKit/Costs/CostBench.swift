import CommandLineTool
import JSONText

/// `chat-bench costs`: carries messages through the stages of their path, so that something that counts instructions
/// and allocations can look on. It measures nothing itself.
struct CostBench: Sendable {
    static let command = Command(
        "costs", "carry messages through the stages of their path, in one thread without a network, to be counted",
        options: [
            .integer(
                "messages", "N", in: 0...CostStage.most, default: CostStage.most / 2,
                help: "how many, a multiple of \(unit); those that fill caches come ahead of them"),
            .choice(
                "stage", CostStage.allCases.map(\.rawValue), isRepeatable: true, help: "which (default: each in turn)"),
            .json,
        ])

    /// What fits batches, pages and the group.
    private static let unit = CostStage.groupRecipients

    private let messages: Int
    private let stages: [CostStage]
    private let asJSON: Bool

    init(_ invocation: Invocation) throws(UsageError) {
        messages = invocation.integer("messages") ?? 0
        guard messages % Self.unit == 0 else { throw UsageError("--messages takes a multiple of \(Self.unit)") }
        let named = invocation.texts("stage").compactMap(CostStage.init)
        stages = named.isEmpty ? CostStage.allCases : named
        asJSON = invocation.flag("json")
    }

    func run() throws -> ExitCode {
        var rows: [JSONObject] = []
        for stage in stages {
            let carried = try Self.carry(messages, through: stage)
            guard carried == messages else {
                throw ToolFailure(.failed, "\(stage.rawValue): \(messages) messages went in, \(carried) came out")
            }
            rows.append(["stage": .string(stage.rawValue), "messages": .integer(Int64(carried))])
        }
        let table = Table([Table.Column("stage"), Table.Column("messages", isTrailing: true)], rows: rows)
        StandardStream.output.write(asJSON ? table.jsonLines() : table.text(colour: StandardStream.output.usesColour()))
        return .success
    }

    /// Prepares a stage, warms it up, and carries so many through; gives how many came out.
    static func carry(_ count: Int, through stage: CostStage) throws -> Int {
        let carrier = try stage.carrier()
        let warm = try carrier.carry(CostStage.warm)
        guard warm == CostStage.warm else {
            throw ToolFailure(.failed, "\(stage.rawValue): \(CostStage.warm) messages went in, \(warm) came out")
        }
        return try carrier.carry(count)
    }
}
