/// What a log line may say besides its message: a closed list, so that lines can be searched by name, and so that
/// no line gains a password, token or message text by a name made up on the spot.
public enum LogKey: String, Sendable, CaseIterable {
    // Where in the cluster.
    case node, loop, term, epoch, leader
    // Where in the log.
    case position, head, version, stream, projection, checkpoint, migration, batch, seal, digest
    // Who and through what.
    case session, connection, user, device, conversation, group, address, port, path, transport
    // What it was about.
    case command, event, query, reference, key, setting, value, signal, process
    // How it ended.
    case error, code, reason, attempt, count, bytes, limit, pending, duration, lag
}
