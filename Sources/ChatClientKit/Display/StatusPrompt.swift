import CommandLineTool

/// The prompt, which is also the status line: `alice@a 12ms 3 unread → bob> `.
struct StatusPrompt {
    /// What a prompt may take of a row before names are cut, in columns.
    static let longest = 48
    /// A message that took less to come is not late, in seconds.
    static let tolerance = 2

    var user: String?
    var node: String?
    /// The last time that the server took to answer, in milliseconds.
    var latency: Int?
    /// How old the newest message was when it came, in seconds.
    var lag = 0
    /// Whether the backlog is still coming.
    var isCatchingUp = false
    var isConnected = false
    var unread: Int64 = 0
    /// With whom one talks.
    var partner: String?

    var text: String {
        let name = StatusPrompt.short(user ?? "nobody")
        var parts = [isConnected ? name + (node.map { "@" + StatusPrompt.short($0) } ?? "") : "\(name) (not connected)"]
        if isConnected {
            if let latency { parts.append(latency < 1000 ? "\(latency)ms" : "\(latency / 1000)s") }
            if isCatchingUp {
                parts.append("catching up")
            } else if lag >= StatusPrompt.tolerance {
                parts.append("lag \(lag)s")
            }
        }
        if unread > 0 { parts.append("\(unread) unread") }
        if let partner { parts.append("→ " + StatusPrompt.short(partner)) }
        return parts.joined(separator: " ") + "> "
    }

    private static func short(_ name: String) -> String {
        DisplayText.truncated(DisplayText.printable(name), to: longest / 4)
    }
}
