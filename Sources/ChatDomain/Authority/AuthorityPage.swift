extension Authority {
    /// The rules as a page in Markdown.
    public static var page: String {
        """
        # Who may do what

        Every command against what its caller can be to what it is about. The page is what \
        `Sources/ChatDomain/Authority` prints, a test compares the two, and another walks every cell over the wire.

        ## Without a login

        A user who is deleted keeps the connection, logged out. Whoever is logged in may do what this table does not \
        leave to the next two.

        \(table(methods.map(loginRow), columns: ["command", "not logged in", "a deleted user", "logged in"]))

        ## To another user

        The caller is, to the user whom the command names, or with whom the conversation is:

        \(table(of: .person))

        ## To a group

        The caller is, to the group that the command names, or whose conversation it is:

        \(table(groupRows, columns: ["command"] + Scope.group(.open).relations.map(\.rawValue)))

        """
    }

    private static func loginRow(_ method: String) -> [String] {
        let own = rules.first { $0.method == method && $0.scope == .account }
        return [
            "`\(method)`", cell(verdict(of: method, for: .notLoggedIn)), cell(verdict(of: method, for: .deleted)),
            own.map { cell($0.verdict(.loggedIn)) } ?? "see below",
        ]
    }

    private static var groupRows: [[String]] {
        rules.filter { if case .group = $0.scope { true } else { false } }.map(row)
    }

    private static func table(of scope: Scope) -> String {
        table(
            rules.filter { $0.scope == scope }.map(row), columns: ["command"] + scope.relations.map(\.rawValue))
    }

    private static func row(_ rule: Rule) -> [String] {
        let name = "`\(rule.method)`" + (rule.about.isEmpty ? "" : " \(rule.about)")
        return [name] + rule.scope.relations.map { cell(rule.verdict($0)) }
    }

    private static func cell(_ verdict: Verdict) -> String {
        switch verdict {
        case .allowed: "yes"
        case .refused(let refusal): "`\(refusal.reason)`"
        case .none: "–"
        }
    }

    private static func table(_ rows: [[String]], columns: [String]) -> String {
        let lines = [columns, columns.map { _ in "---" }] + rows
        return lines.map { "| " + joined($0) + " |" }.reduce(into: "") { text, line in
            text += (text.isEmpty ? "" : "\n") + line
        }
    }

    private static func joined(_ cells: [String]) -> String {
        cells.reduce(into: "") { text, cell in text += (text.isEmpty ? "" : " | ") + cell }
    }
}
