import CommandLineTool
import JSONText
import Reactor

/// Logs users in, registering those that are new, and brings them together in groups.
extension Generator {
    /// Preparations under way at a time: enough for the nodes' hashing, few enough for their queues.
    private static let preparationsAtOnce = 32
    /// How often a request is sent again that the server refused for now.
    private static let attempts = 600
    /// Above every head: the feed begins at the head.
    private static let fromTheHead: JSONValue = 9_007_199_254_740_991
    /// These users exist for benchmarks only.
    static let password = "throw-away-of-the-benchmark"
    private static let device: JSONValue = "bench"

    /// Connects and logs in clients until there are so many.
    func prepare(count: Int) async throws {
        let addresses = try options.servers.map { try SocketAddress($0) }
        let missing = clients.count..<max(count, clients.count)
        let progress = ProgressReporter("logging in", unit: "clients", total: missing.count)
        var ready: [Int: BenchClient] = [:]
        for index in missing {
            let stream = try await ByteStream.connect(to: addresses[index % addresses.count], on: loop)
            ready[index] = BenchClient(index: index, name: "bench-\(index)", stream: stream, loop: loop)
        }
        clients += missing.compactMap { ready[$0] }
        try await forEach(missing) { generator, index in
            try await generator.logIn(index)
            progress.advance(by: 1)
        }
        progress.finish()
        tokenFile.write(tokens)
    }

    /// Runs `body` for each number, several at a time.
    func forEach(
        _ numbers: Range<Int>, _ body: @escaping @Sendable (isolated Generator, Int) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var waiting = numbers.makeIterator()
            for _ in 0..<Generator.preparationsAtOnce {
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
        tokens[client.name] = result["token"]?.stringValue
        for group in result["groups"]?.arrayValue ?? [] {
            guard let id = group["id"]?.intValue, let name = group["name"]?.stringValue else { continue }
            memberships[index, default: [:]][name] = Int(id)
        }
    }

    private func session(of client: BenchClient) async throws -> JSONValue {
        let name: JSONValue = .string(client.name)
        if let token = tokens[client.name] {
            do {
                return try await insist(client, "login", ["token": .string(token), "since": Generator.fromTheHead])
            } catch let refusal as ServerRefusal where refusal.code == 401 {
                tokens[client.name] = nil
            }
        }
        do {
            _ = try await insist(client, "register", ["name": name, "password": .string(Generator.password)])
        } catch let refusal as ServerRefusal where refusal.code == 409 {
            // Registered by an earlier run.
        }
        return try await insist(
            client, "login",
            [
                "name": name, "password": .string(Generator.password), "device": Generator.device,
                "since": Generator.fromTheHead,
            ])
    }

    /// Sends a request again as long as the server asks for patience.
    private func insist(_ client: BenchClient, _ method: String, _ parameters: JSONObject) async throws -> JSONValue {
        for _ in 1..<Generator.attempts {
            do {
                return try await client.call(method, parameters)
            } catch let refusal as ServerRefusal where refusal.isTemporary {
                await loop.sleep(for: .milliseconds(max(20, refusal.retryAfter ?? 100)))
            }
        }
        return try await client.call(method, parameters)
    }

    /// Gives the ids of groups of so many members each, made of the clients in their order.
    func prepareGroups(count: Int, size: Int) async throws -> [Int] {
        let progress = ProgressReporter("joining groups", unit: "members", total: count * size)
        var ids: [Int] = []
        for group in 0..<count {
            let name = "bench \(size)/\(group)"
            let id = try await ownGroup(named: name, client: group * size)
            try await forEach(group * size + 1..<(group + 1) * size) { generator, index in
                try await generator.join(id, named: name, client: index)
                progress.advance(by: 1)
            }
            ids.append(id)
        }
        progress.finish()
        return ids
    }

    private func ownGroup(named name: String, client index: Int) async throws -> Int {
        if let id = memberships[index]?[name] { return id }
        let result = try await insist(clients[index], "creategroup", ["name": .string(name)])
        guard let id = result["group"]?["id"]?.intValue else {
            throw ToolFailure(.failed, "creategroup gave no group")
        }
        memberships[index, default: [:]][name] = Int(id)
        return Int(id)
    }

    private func join(_ id: Int, named name: String, client index: Int) async throws {
        guard memberships[index]?[name] != id else { return }
        _ = try await insist(clients[index], "joingroup", ["group": .integer(Int64(id))])
        memberships[index, default: [:]][name] = id
    }
}
