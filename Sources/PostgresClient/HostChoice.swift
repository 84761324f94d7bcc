/// One of the hosts that a connection string names: what has to be said to libpq so that it tries that one only.
///
/// libpq goes on to the next host by itself when one refuses, but whoever polls has no way to tell it that one is
/// silent: it would wait for the first host alone.
struct HostChoice: Equatable {
    /// Keywords behind the connection string, which override it; none where libpq is to choose.
    var keywords: [(name: String, value: String)]

    static func == (left: HostChoice, right: HostChoice) -> Bool {
        left.keywords.elementsEqual(right.keywords) { $0 == $1 }
    }

    /// The hosts in their order. One without keywords if there is nothing to choose, or if the choice needs to see all:
    /// `prefer-standby` takes a primary only when no other host is a standby.
    static func all(in options: [String: String], defaultPort: String) -> [HostChoice] {
        let hosts = entries(options["host"])
        let addresses = entries(options["hostaddr"])
        let count = max(hosts.count, addresses.count)
        let ports = entries(options["port"])
        guard count > 1, options["target_session_attrs"] != "prefer-standby",
            [hosts, addresses].allSatisfy({ $0.isEmpty || ($0.count == count && !$0.contains("")) }),
            ports.count <= 1 || ports.count == count
        else { return [HostChoice(keywords: [])] }
        return (0..<count).map { number in
            var keywords: [(name: String, value: String)] = []
            if !hosts.isEmpty { keywords.append(("host", hosts[number])) }
            if !addresses.isEmpty { keywords.append(("hostaddr", addresses[number])) }
            // One port is for all hosts; one that is left out is the default.
            let port = ports.count == 1 ? ports[0] : ports.isEmpty ? "" : ports[number]
            if !ports.isEmpty { keywords.append(("port", port.isEmpty ? defaultPort : port)) }
            return HostChoice(keywords: keywords)
        }
    }

    private static func entries(_ list: String?) -> [String] {
        guard let list, !list.isEmpty else { return [] }
        return list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
}
