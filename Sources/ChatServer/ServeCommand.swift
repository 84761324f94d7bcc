import CommandLineTool
import Glibc
import Reactor
import Telemetry

/// `chatserver serve`.
enum ServeCommand {
    static func run(_ invocation: Invocation) throws {
        let configuration = try ServerConfiguration(invocation)
        SignalSource.ignoreBrokenPipe()
        let loop = EventLoop(name: "loop-0")
        let node = Node(configuration, loop: loop)
        try Blocking.run(on: loop) { try await node.run() }
    }
}
