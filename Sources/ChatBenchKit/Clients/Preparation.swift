import CommandLineTool
import JSONText
import Reactor

/// Logs users in, registering those that are new.
extension Generator {
    /// Preparations under way at a time: enough for the nodes' hashing, few enough for their queues.
    static let preparationsAtOnce = 32
    /// Clients that are connected before they log in.
    private static let connectedAtOnce = 512
    /// How often a request is sent again that the server refused for now.
    private static let attempts = 600
    /// Above every head: the feed begins at the head.
    private static let fromTheHead: JSONValue = 9_007_199_254_740_991
    /// These users exist for benchmarks only.
    static let password = "throw-away-of-the-benchmark"
    private static let device: JSONValue = "bench"

    /// Connects and logs in clients until there are so many.
    func prepare(count: Int) async throws {
        let missing = clients.count..<max(count, clients.count)
        let progress = ProgressReporter("logging in", unit: "clients", total: missing.count)
        // Some at a time: the server closes who is connected for long without a login.
        while clients.count < missing.upperBound {
            let next = clients.count..<min(clients.count + Generator.connectedAtOnce, missing.upperBound)
            for index in next { clients.append(try await connect(index)) }
            try await forEach(next) { generator, index in
                try await generator.logIn(index)
                progress.advance(by: 1)
            }
        }
        progress.finish()
        tokenFile.write(tokens)
    }

    /// A connection for a client with this number, not logged in.
    func connect(_ index: Int) async throws -> BenchClient {
        let address = try SocketAddress(target.servers[index % target.servers.count])
        let stream = try await ByteStream.connect(to: address, on: loop)
        return BenchClient(index: index, name: "bench-\(index)", stream: stream, loop: loop)
    }

    /// The parameters of a login, whose feed begins at the log's head.
    func byToken(_ client: BenchClient) -> JSONObject {
        ["token": .string(tokens[client.name] ?? ""), "since": Generator.fromTheHead]
    }

    /// The same with the password.
    func byPassword(_ client: BenchClient) -> JSONObject {
        [
            "name": .string(client.name), "password": .string(Generator.password), "device": Generator.device,
            "since": Generator.fromTheHead,
        ]
    }

    /// Runs `body` for each number, several at a time.
    func forEach(
        _ numbers: Range<Int>, atOnce: Int = preparationsAtOnce,
        _ body: @escaping @Sendable (isolated Generator, Int) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var waiting = numbers.makeIterator()
            for _ in 0..<atOnce {
                guard let number = waiting.next() else { break }
                group.addTask { try await body(self, number) }
            }
            while try await group.next() != nil {
                if let number = waiting.next() { group.addTask { try await body(self, number) } }
            }
        }
    }

    private func logIn(_ index: Int) async throws {
        let client = clients[index]
        let result = try await session(of: client)
        client.user = Int(result["user"]?["id"]?.intValue ?? 0)
        client.position = Int(result["position"]?.intValue ?? 0)
        tokens[client.name] = result["token"]?.stringValue
        for group in result["groups"]?.arrayValue ?? [] {
            guard let id = group["id"]?.intValue, let name = group["name"]?.stringValue else { continue }
            memberships[index, default: [:]][name] = Int(id)
        }
    }

    func session(of client: BenchClient) async throws -> JSONValue {
        let name: JSONValue = .string(client.name)
        if tokens[client.name] != nil {
            do {
                return try await insist(client, "login", byToken(client))
            } catch let refusal as ServerRefusal where refusal.code == 401 {
                tokens[client.name] = nil
            }
        }
        do {
            _ = try await insist(client, "register", ["name": name, "password": .string(Generator.password)])
        } catch let refusal as ServerRefusal where refusal.code == 409 {
            // Registered by an earlier run.
        }
        return try await insist(client, "login", byPassword(client))
    }

    /// Sends a request again as long as the server asks for patience.
    func insist(_ client: BenchClient, _ method: String, _ parameters: JSONObject) async throws -> JSONValue {
        for _ in 1..<Generator.attempts {
            do {
                return try await client.call(method, parameters)
            } catch let refusal as ServerRefusal where refusal.isTemporary {
                await loop.sleep(for: .milliseconds(max(20, refusal.retryAfter ?? 100)))
            }
        }
        return try await client.call(method, parameters)
    }
}
