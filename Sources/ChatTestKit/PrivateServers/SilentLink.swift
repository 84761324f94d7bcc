import Foundation
import Glibc

/// A way to a private PostgreSQL that can fall silent, as a network does that loses everything: what is connected
/// stays so, new connections seem to be taken, and nothing is carried. A process that stands still meanwhile.
public final class SilentLink: Sendable {
    private let server: PrivatePostgres
    private let folder: String
    private let process: ChildProcess

    private static let program = """
        import os, socket, sys, threading

        def carry(source, sink):
            try:
                while data := source.recv(65536):
                    sink.sendall(data)
            except OSError:
                pass
            for end in (source, sink):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

        listener = socket.socket(socket.AF_UNIX)
        listener.bind(sys.argv[1] + "/.s.PGSQL.5432")
        listener.listen(64)
        os.write(1, b"up")
        while True:
            client, server = listener.accept()[0], socket.socket(socket.AF_UNIX)
            server.connect(sys.argv[2] + "/.s.PGSQL.5432")
            for ends in ((client, server), (server, client)):
                threading.Thread(target=carry, args=ends, daemon=True).start()
        """

    /// A link that carries.
    public init(to server: PrivatePostgres) throws {
        self.server = server
        folder = try makeServerFolder("link")
        // Whoever stands still cannot notice that the tests are over.
        let command = ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--", "/usr/bin/env", "python3", "-c", Self.program]
        process = try ChildProcess(command + [folder, server.socketFolder], capturingOutput: true)
        guard process.read() == Array("up".utf8) else { throw PrivateServerError("no link") }
    }

    deinit {
        process.signal(SIGKILL)
        _ = process.wait()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The connection string of a database of that server, over this link.
    public func conninfo(_ direct: String) -> String {
        direct.replacing("host=\(server.socketFolder)", with: "host=\(folder)")
    }

    /// From here on nothing is carried.
    public func fallSilent() { process.signal(SIGSTOP) }

    /// It carries again, what waited included.
    public func speak() { process.signal(SIGCONT) }
}
