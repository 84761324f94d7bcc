import Foundation

extension PrivatePostgres {
    /// The settings of a cluster that archives its WAL beside its data, as a backup to a point in time needs it.
    public static let archiving = [
        "archive_mode=on", "archive_command=mkdir -p ../archive && test ! -f ../archive/%f && cp %p ../archive/%f",
    ]

    /// Copies the running cluster with `pg_basebackup`, for `restore`.
    public func backUp() throws {
        _ = try runToEnd(
            Self.unprivileged([
                programs + "/pg_basebackup", "--host", socketFolder, "--username", "postgres", "--pgdata",
                socketFolder + "/backup", "--wal-method", "none", "--checkpoint", "fast", "--no-sync",
            ]))
    }

    /// Stops the cluster and starts what the backup and the archived WAL make of it, up to a restore point.
    public func restore(to point: String) throws {
        stop()
        let data = socketFolder + "/data"
        try FileManager.default.moveItem(atPath: data, toPath: data + ".lost")
        try FileManager.default.moveItem(atPath: socketFolder + "/backup", toPath: data)
        try recover([
            "restore_command = 'cp ../archive/%f %p'", "recovery_target_name = '\(point)'",
            "recovery_target_action = 'promote'",
        ])
    }

    /// Stops the cluster and promotes it, as a standby that lacks nothing.
    public func promote() throws {
        stop()
        try recover(["restore_command = 'cp ../archive/%f %p'"])
    }

    private func recover(_ lines: [String]) throws {
        let data = socketFolder + "/data"
        let script = "touch '\(data)/recovery.signal' && cat >>'\(data)/postgresql.auto.conf' <<'END'\n"
        _ = try runToEnd(Self.unprivileged(["/bin/sh", "-c", script + lines.joined(separator: "\n") + "\nEND"]))
        try start()
        try eventually("the recovery has ended") { try run(sql: "SELECT pg_is_in_recovery()").hasPrefix("f") }
    }
}
