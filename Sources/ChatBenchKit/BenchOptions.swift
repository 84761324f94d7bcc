import CommandLineTool
import Foundation

/// What the command line asks for.
struct BenchOptions: Sendable {
    /// `HOST:PORT` of each node; clients are spread over them.
    let servers: [String]
    /// What the clients speak.
    let speaks: BenchProtocol
    let plan: RunPlan
    /// In milliseconds; nil unless a search is asked for.
    let searchBound: Double?
    let processes: [Role]
    let tokenFile: String
    let asJSON: Bool

    /// Options by themselves, without a command line.
    init(servers: [String], plan: RunPlan, tokenFile: String, speaks: BenchProtocol = .parley) {
        self.servers = servers
        self.speaks = speaks
        self.plan = plan
        self.tokenFile = tokenFile
        searchBound = nil
        processes = []
        asJSON = false
    }

    init(_ invocation: Invocation) throws {
        let run = BenchOptions.addresses(in: invocation.text("run-file") ?? "")
        let given = invocation.texts("server")
        servers = given.isEmpty ? ["CHAT_NODE_A", "CHAT_NODE_B"].compactMap { run[$0] } : given
        guard !servers.isEmpty else { throw UsageError("--server is needed: no run is found in --run-file") }
        speaks = invocation.text("protocol").flatMap { BenchProtocol(rawValue: $0) } ?? .parley
        plan = try BenchOptions.plan(invocation)
        searchBound = invocation.flag("search") ? invocation.number("bound") : nil
        guard searchBound == nil || !invocation.flag("max") else { throw UsageError("--search takes no --max") }
        processes = try BenchOptions.roles(invocation.texts("pid"), run)
        tokenFile = invocation.text("token-file") ?? ""
        asJSON = invocation.flag("json")
    }

    private static func plan(_ invocation: Invocation) throws -> RunPlan {
        let isDirect = invocation.command == RunPlan.Mode.direct.rawValue
        let clients = isDirect ? invocation.integer("clients") ?? 2 : 0
        guard clients % 2 == 0 else { throw UsageError("--clients takes an even number: they talk in pairs") }
        return RunPlan(
            mode: isDirect ? .direct : .group,
            members: isDirect ? 2 : invocation.integer("group-size") ?? 2,
            conversations: isDirect ? clients / 2 : invocation.integer("groups") ?? 1,
            pace: invocation.flag("max")
                ? .window(invocation.integer("window") ?? 1) : .rate(invocation.integer("rate") ?? 1),
            size: invocation.integer("size") ?? 0, warmup: invocation.number("warmup") ?? 0,
            seconds: invocation.number("seconds") ?? 1, drain: invocation.number("drain") ?? 0,
            acknowledges: invocation.flag("acknowledge"))
    }

    /// The processes whose use of the processors is reported: as given, else those of the run.
    private static func roles(_ given: [String], _ run: [String: String]) throws -> [Role] {
        let texts = given.isEmpty ? BenchOptions.roles(of: run) : given
        return try texts.map { text in
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let pid = Int(parts[1]) else { throw UsageError("--pid takes NAME=PID") }
            return Role(name: String(parts[0]), pid: pid)
        }
    }

    private static func roles(of run: [String: String]) -> [String] {
        [("node-a", "NODE_A"), ("node-b", "NODE_B"), ("postgres", "POSTGRES"), ("redis", "REDIS"), ("nginx", "NGINX")]
            .compactMap { name, variable in run["CHAT_\(variable)_PID"].map { "\(name)=\($0)" } }
    }

    /// The lines `NAME='VALUE'` that a run leaves.
    static func addresses(in path: String) -> [String: String] {
        guard let data = FileManager.default.contents(atPath: path) else { return [:] }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        return Dictionary(
            lines.compactMap { line in
                let parts = line.split(separator: "=", maxSplits: 1)
                guard parts.count == 2 else { return nil }
                return (String(parts[0]), parts[1].trimmingCharacters(in: CharacterSet(charactersIn: "'")))
            }, uniquingKeysWith: { _, last in last })
    }
}
