import CommandLineTool
import Foundation

/// The cluster that is measured.
struct BenchTarget: Sendable {
    static let options: [Option] = [
        .text(
            "server", "HOST:PORT", isRepeatable: true,
            help: "a node; clients are spread over all that are given (default: those of the run file)"),
        .text("pid", "NAME=PID", isRepeatable: true, help: "report the processors it uses (default: the run's)"),
        .text("run-file", "FILE", default: ".local/run.env", help: "addresses and processes of make run"),
        .text("token-file", "FILE", default: ".local/bench-tokens.json", help: "keeps the users' tokens"),
    ]

    /// `HOST:PORT` of each node; clients are spread over them.
    let servers: [String]
    /// What the clients speak.
    let speaks: BenchProtocol
    /// Whose use of the processors is reported.
    let processes: [Role]
    let tokenFile: String

    /// One by itself, without a command line.
    init(servers: [String], tokenFile: String, speaks: BenchProtocol = .parley) {
        self.servers = servers
        self.speaks = speaks
        self.tokenFile = tokenFile
        processes = []
    }

    init(_ invocation: Invocation, speaks: BenchProtocol = .parley) throws {
        let run = BenchTarget.addresses(in: invocation.text("run-file") ?? "")
        let given = invocation.texts("server")
        servers = given.isEmpty ? ["CHAT_NODE_A", "CHAT_NODE_B"].compactMap { run[$0] } : given
        guard !servers.isEmpty else { throw UsageError("--server is needed: no run is found in --run-file") }
        self.speaks = speaks
        processes = try BenchTarget.roles(invocation.texts("pid"), run)
        tokenFile = invocation.text("token-file") ?? ""
    }

    /// The processes whose use of the processors is reported: as given, else those of the run.
    private static func roles(_ given: [String], _ run: [String: String]) throws -> [Role] {
        let texts = given.isEmpty ? BenchTarget.roles(of: run) : given
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
