package import ChatApplication
import ChatDomain
package import PostgresClient

/// A batch as the arrays that `chat_log.append_many` and `append_few` take; commands and events are numbered from 1.
package struct AppendArguments {
    /// For any batch.
    static let sql = call("append_many", arguments: 28)
    /// For a batch of few commands: the same, one after the other.
    static let sqlOfFew = call("append_few", arguments: 25)

    private static func call(_ function: String, arguments: Int) -> String {
        let places = (1...arguments).map { "$\($0)" }.joined(separator: ", ")
        return "SELECT outcome, first_position, first_version, recorded_at, result FROM chat_log.\(function)(\(places))"
    }

    private let origin: BatchOrigin?
    private var commands = Commands()
    private var guards = Guards()
    private var events = Events()
    private var touches = Touches()
    private var states = States()
    private var chains: [Int: Int32] = [:]

    private struct Commands {
        var chain: [Int32?] = []
        var key: [PostgresUUID?] = []
        var parameters: [PostgresUUID?] = []
        var remember: [Bool?] = []
        var result: [[UInt8]?] = []
        var actor: [Int64?] = []
        var session: [String?] = []
        var device: [String?] = []
        var reference: [String?] = []
    }

    private struct Guards {
        var command: [Int32?] = []
        var stream: [String?] = []
        var version: [Int64?] = []
    }

    private struct Events {
        var command: [Int32?] = []
        var stream: [String?] = []
        var type: [String?] = []
        var schema: [Int16?] = []
        var payload: [[UInt8]?] = []
    }

    private struct Touches {
        var event: [Int32?] = []
        var stream: [String?] = []
    }

    private struct States {
        var command: [Int32?] = []
        var stream: [String?] = []
        var bytes: [[UInt8]?] = []
    }

    package init(_ batch: AppendBatch) {
        origin = batch.origin
        for (index, command) in batch.commands.enumerated() { add(command, number: Int32(index + 1)) }
    }

    /// What `append_few` takes.
    var parametersOfFew: [PostgresValue] { arguments }

    /// What `append_many` takes: also the guards of streams that the batch does not move, each once, and the numbers of
    /// all other guards.
    package var parameters: [PostgresValue] {
        let moved = Set(events.stream + touches.stream)
        var known: [String: Int64] = [:]
        var apart = (streams: [String?](), versions: [Int64?]())
        var others: [Int32?] = []
        for (index, stream) in guards.stream.enumerated() {
            guard let stream, let version = guards.version[index] else { continue }
            if moved.contains(stream) {
                others.append(Int32(index + 1))
            } else if known[stream] != version {
                known[stream] = version
                apart.streams.append(stream)
                apart.versions.append(version)
            }
        }
        return arguments + [.textArray(apart.streams), .int8Array(apart.versions), .int4Array(others)]
    }

    private mutating func add(_ command: AppendCommand, number: Int32) {
        commands.chain.append(dense(command.chain))
        commands.key.append(command.key.map { PostgresUUID(bytes: $0.digest) })
        commands.parameters.append(command.key.map { PostgresUUID(bytes: $0.parameters) })
        commands.remember.append(command.key?.remember ?? false)
        commands.result.append(command.key?.result)
        commands.actor.append(command.cause.actor?.value)
        commands.session.append(command.cause.session.map { storable($0.value) })
        commands.device.append(command.cause.device.map(storable))
        commands.reference.append(command.cause.reference.map(storable))
        for expected in command.guards {
            guards.command.append(number)
            guards.stream.append(expected.stream.value)
            guards.version.append(expected.version)
        }
        for event in command.events { add(event, of: number) }
        for state in command.states {
            states.command.append(number)
            states.stream.append(state.stream.value)
            states.bytes.append(state.bytes)
        }
    }

    private mutating func add(_ event: EncodedEvent, of command: Int32) {
        events.command.append(command)
        events.stream.append(event.stream.value)
        events.type.append(event.type)
        events.schema.append(Int16(clamping: event.schema))
        events.payload.append(event.payload)
        for stream in event.touched {
            touches.event.append(Int32(events.command.count))
            touches.stream.append(stream.value)
        }
    }

    /// Chains are numbered anew, from 1: the caller's numbers may be as large as they like.
    private mutating func dense(_ chain: Int) -> Int32 {
        if let known = chains[chain] { return known }
        let next = Int32(chains.count + 1)
        chains[chain] = next
        return next
    }

    private var arguments: [PostgresValue] {
        let origin: [PostgresValue] = [
            self.origin.map { .text($0.node.value) } ?? .null, self.origin.map { .int8($0.term) } ?? .null,
            self.origin.map { .int8($0.number) } ?? .null,
        ]
        let commands: [PostgresValue] = [
            .int4Array(commands.chain), .uuidArray(commands.key), .uuidArray(commands.parameters),
            .boolArray(commands.remember), .byteaArray(commands.result), .int8Array(commands.actor),
            .textArray(commands.session), .textArray(commands.device), .textArray(commands.reference),
        ]
        let guards: [PostgresValue] = [
            .int4Array(guards.command), .textArray(guards.stream), .int8Array(guards.version),
        ]
        let events: [PostgresValue] = [
            .int4Array(events.command), .textArray(events.stream), .textArray(events.type), .int2Array(events.schema),
            .byteaArray(events.payload),
        ]
        let rest: [PostgresValue] = [
            .int4Array(touches.event), .textArray(touches.stream), .int4Array(states.command),
            .textArray(states.stream), .byteaArray(states.bytes),
        ]
        return origin + commands + guards + events + rest
    }
}

/// PostgreSQL's text holds no U+0000, and one client's word must not fail the batch of others.
private func storable(_ text: String) -> String {
    guard text.utf8.contains(0) else { return text }
    return String(text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : Character($0) })
}

extension PostgresUUID {
    /// From 16 bytes; missing ones count as zero.
    init(bytes: [UInt8]) {
        func half(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        let padded = bytes.prefix(16) + Array(repeating: 0, count: max(0, 16 - bytes.count))
        self.init(high: half(padded.prefix(8)), low: half(padded.suffix(8)))
    }

    /// Its 16 bytes.
    var bytes: [UInt8] {
        [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64($0))) } }
    }
}
