import ChatTestKit
import Testing

/// Everything here runs one after the other: each cluster is several processes on few cores.
@Suite("Cluster", .serialized, .ownThread)
enum ClusterTests {}
