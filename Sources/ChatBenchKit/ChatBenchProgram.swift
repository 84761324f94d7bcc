public import CommandLineTool
import Foundation
import Reactor

/// The program `chat-bench`.
public enum ChatBenchProgram {
    /// Its command line.
    public static let program = Program(
        "chat-bench",
        "measures a running Parley: latency, throughput, whether every message arrives once, in order; and chat-replay",
        commands: [
            Command(
                "direct", "clients in pairs, each writing to the other",
                options: [
                    .integer("clients", "N", in: 2...100_000, default: 200, help: "how many clients; an even number")
                ] + loadOptions),
            Command(
                "group", "groups whose members all write, and all receive what the others write",
                options: [
                    .integer("groups", "N", in: 1...10_000, default: 4, help: "how many groups"),
                    .integer("group-size", "N", in: 2...10_000, default: 50, help: "members of each who are there"),
                    .integer("absent", "N", in: 0...100_000, default: 0, help: "further members of each who are not"),
                    .integer(
                        "quiet-groups", "N", in: 0...1000, default: 0,
                        help: "further groups of all, in which nobody says anything"),
                ] + loadOptions),
            LoginBench.command, OfflineBench.command, AppendBench.command, ReplayOptions.command, SealBench.command,
            CostBench.command,
        ],
        notes: [
            "Messages leave on a schedule, whatever the answers do; times count from when a message was to leave, to its",
            "durable answer and to each recipient. With --max each client keeps a window of messages under way (not",
            "answered, or not with every recipient) instead. A message that is lost, repeated, out of order or misdelivered makes the exit code 1. The users",
            "bench-0, bench-1, … are registered once; start the nodes with rate.commands, rate.registrations and",
            "rate.login-failures set to 0.",
            "--protocol xmpp measures a server of XMPP instead: for localhost with the rooms conference.localhost, over",
            "plain TCP with SASL PLAIN, with those users there already, whose password is throw-away-of-the-benchmark.",
            "A message is answered when its stanza is acknowledged (XEP-0198).",
            "replay needs no node. The log that it makes is of invented users, all with the password chat-bench, under",
            "keys that follow from the seed: measure on a database of its own.",
        ])

    private static let loadOptions: [Option] =
        BenchTarget.options + [
            .choice(
                "protocol", BenchProtocol.allCases.map(\.rawValue), default: BenchProtocol.parley.rawValue,
                help: "what the server speaks"),
            .integer(
                "rate", "MESSAGES/S", in: 1...10_000_000, default: 1000, help: "messages a second over all clients"),
            .number("seconds", "S", in: 0.1...86_400, default: 10, help: "how long it is measured"),
            .number("warmup", "S", in: 0...3600, default: 2, help: "how long it runs before that"),
            .number("drain", "S", in: 0...3600, default: 15, help: "how long what is missing at the end is waited for"),
            .integer("size", "BYTES", in: 1...16_384, default: 100, help: "the length of a text, at least some 40"),
            .flag("max", help: "a closed loop: as fast as the server delivers them"),
            .integer("window", "N", in: 1...10_000, default: 4, help: "messages under way a client in a closed loop"),
            .flag("search", help: "look for the highest rate at which p99 to the recipient keeps within the bound"),
            .number("bound", "MS", in: 0.1...1e6, default: 50, help: "that bound, in milliseconds"),
            .flag("acknowledge", help: "clients acknowledge every second what they received"),
            .json,
        ]

    /// Runs the program and ends the process. Call it once, from the main thread.
    public static func run() async -> Never {
        let invocation = program.start()
        do {
            exit(try await carryOut(invocation).rawValue)
        } catch let refusal as ServerRefusal {
            program.quit(ToolFailure(.failed, "the server refused: \(refusal.code) \(refusal.reason)"))
        } catch {
            program.quit(error)
        }
    }

    private static func carryOut(_ invocation: Invocation) async throws -> ExitCode {
        switch invocation.command {
        case LoginBench.command.name: try await LoginBench(invocation).run()
        case OfflineBench.command.name: try await OfflineBench(invocation).run()
        case AppendBench.command.name: try await AppendBench(invocation).run()
        case ReplayOptions.command.name: try await ReplayBench(options: ReplayOptions(invocation)).run()
        case SealBench.command.name: try await SealBench(invocation).run()
        case CostBench.command.name: try CostBench(invocation).run()
        default: try await perform(BenchOptions(invocation))
        }
    }

    private static func perform(_ options: BenchOptions) async throws -> ExitCode {
        let generator = Generator(target: options.target)
        var isClean = true
        func report(_ plan: RunPlan) async throws -> RunReport {
            let report = try await generator.carryOut(plan)
            let output = StandardStream.output
            output.write(options.asJSON ? "\(report.json)\n" : report.text(colour: output.usesColour()) + "\n")
            isClean = isClean && report.faults.isEmpty
            return report
        }
        if let bound = options.searchBound {
            let best = try await search(options.plan, bound: bound, report)
            if !options.asJSON { StandardStream.output.write("highest rate within the bound: \(best) messages/s\n") }
        } else {
            _ = try await report(options.plan)
        }
        await generator.close()
        return isClean ? .success : .negative
    }

    private static func search(
        _ plan: RunPlan, bound: Double, _ report: (RunPlan) async throws -> RunReport
    ) async throws -> Int {
        guard case .rate(let first) = plan.pace else { return 0 }
        var search = Search(from: first)
        while let rate = search.next {
            var plan = plan
            plan.pace = .rate(rate)
            let result = try await report(plan)
            let keepsUp = result.answeredPerSecond >= 0.97 * Double(rate) && result.refused == 0
            search.tried(isBorne: keepsUp && result.deliveries.p99 <= bound)
        }
        return search.best
    }
}
