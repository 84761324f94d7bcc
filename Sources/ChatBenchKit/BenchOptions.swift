import CommandLineTool
import Foundation

/// What `direct` and `group` are asked for.
struct BenchOptions: Sendable {
    let target: BenchTarget
    let plan: RunPlan
    /// In milliseconds; nil unless a search is asked for.
    let searchBound: Double?
    let asJSON: Bool

    init(_ invocation: Invocation) throws {
        let speaks = invocation.text("protocol").flatMap { BenchProtocol(rawValue: $0) }
        target = try BenchTarget(invocation, speaks: speaks ?? .parley)
        plan = try BenchOptions.plan(invocation)
        searchBound = invocation.flag("search") ? invocation.number("bound") : nil
        guard searchBound == nil || !invocation.flag("max") else { throw UsageError("--search takes no --max") }
        asJSON = invocation.flag("json")
    }

    private static func plan(_ invocation: Invocation) throws -> RunPlan {
        let isDirect = invocation.command == RunPlan.Mode.direct.rawValue
        let clients = isDirect ? invocation.integer("clients") ?? 2 : 0
        guard clients % 2 == 0 else { throw UsageError("--clients takes an even number: they talk in pairs") }
        return RunPlan(
            mode: isDirect ? .direct : .group,
            members: isDirect ? 2 : invocation.integer("group-size") ?? 2,
            absent: isDirect ? 0 : invocation.integer("absent") ?? 0,
            quietGroups: isDirect ? 0 : invocation.integer("quiet-groups") ?? 0,
            conversations: isDirect ? clients / 2 : invocation.integer("groups") ?? 1,
            pace: invocation.flag("max")
                ? .window(invocation.integer("window") ?? 1) : .rate(invocation.integer("rate") ?? 1),
            size: invocation.integer("size") ?? 0, warmup: invocation.number("warmup") ?? 0,
            seconds: invocation.number("seconds") ?? 1, drain: invocation.number("drain") ?? 0,
            acknowledges: invocation.flag("acknowledge"))
    }
}
