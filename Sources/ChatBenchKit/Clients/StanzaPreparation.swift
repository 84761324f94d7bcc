import CommandLineTool
import Reactor

/// The same as `Preparation` over XMPP. The accounts are there already: how they come to be is the server's own affair.
extension Generator {
    /// Connects and logs in clients until there are so many.
    func prepareStanzas(count: Int) async throws {
        let addresses = try target.servers.map { try SocketAddress($0) }
        let missing = stanzaClients.count..<max(count, stanzaClients.count)
        let progress = ProgressReporter("logging in", unit: "clients", total: missing.count)
        for index in missing {
            let stream = try await ByteStream.connect(to: addresses[index % addresses.count], on: loop)
            stanzaClients.append(StanzaClient(index: index, name: "bench-\(index)", stream: stream, loop: loop))
        }
        try await forEach(missing) { generator, index in
            try await generator.stanzaClients[index].logIn(password: Generator.password)
            progress.advance(by: 1)
        }
        progress.finish()
    }

    /// Gives the addresses of rooms with so many in each, of the clients in their order.
    func prepareRooms(count: Int, size: Int) async throws -> [String] {
        let progress = ProgressReporter("entering rooms", unit: "members", total: count * size)
        let rooms = (0..<count).map { "bench-\(size)-\($0)@\(StanzaClient.roomHost)" }
        for (number, room) in rooms.enumerated() {
            // The first makes it.
            try await stanzaClients[number * size].enter(room)
            try await forEach(number * size + 1..<(number + 1) * size) { generator, index in
                try await generator.stanzaClients[index].enter(room)
                progress.advance(by: 1)
            }
        }
        progress.finish()
        return rooms
    }
}
