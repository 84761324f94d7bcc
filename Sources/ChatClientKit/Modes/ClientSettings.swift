import CommandLineTool
import TLS

/// What the command line says about server and user.
struct ClientSettings {
    let server: HostPort
    /// Whom to believe, where the server speaks TLS.
    let tls: TLSContext?
    var user: String?
    let device: String
    let passwordFile: String?
    let newPasswordFile: String?
    let json: Bool
    /// How long a lost connection is borne, in milliseconds.
    let patience: Int
    let state: StateFolder
    let environment: [String: String]
    /// Where results go.
    var output = StandardStream.output
    /// Where everything else goes.
    var errors = StandardStream.error
    /// Where lines come from.
    var input = Posix.standardInput

    /// Throws a usage error if the device's name cannot be one.
    init(_ invocation: Invocation, environment: [String: String] = Environment.variables) throws(UsageError) {
        guard let server = invocation.address("server") else { throw UsageError("--server is needed") }
        self.server = server
        tls = try ClientSettings.tls(invocation)
        user = invocation.text("user")
        device = invocation.text("device") ?? HostName.current
        passwordFile = invocation.text("password-file")
        newPasswordFile = invocation.text("new-password-file")
        json = invocation.flag("json")
        patience = Int((invocation.number("patience") ?? 30) * 1000)
        state = StateFolder(environment: environment)
        self.environment = environment
    }

    private static func tls(_ invocation: Invocation) throws(UsageError) -> TLSContext? {
        let authorities = invocation.text("ca")
        guard invocation.flag("tls") else {
            if authorities != nil { throw UsageError("--ca needs --tls") }
            return nil
        }
        do throws(TLSError) {
            return try TLSContext(authorities: authorities)
        } catch {
            throw UsageError("--ca: \(error)")
        }
    }

    /// The user's name, or a usage error that says how to give it.
    func requiredUser() throws(UsageError) -> String {
        guard let user else { throw UsageError("--user (or CHAT_USER) is needed") }
        return user
    }

    /// The password of an account: from CHAT_PASSWORD, the file, or the terminal.
    func password(of user: String) throws(UsageError) -> String {
        try Password.find(
            variable: "CHAT_PASSWORD", file: passwordFile, question: "Password of \(DisplayText.printable(user)): ",
            environment: environment)
    }

    /// A password for a new account; on the terminal it is asked for twice.
    func passwordForNewAccount(_ user: String) throws(UsageError) -> String {
        try Password.find(
            variable: "CHAT_PASSWORD", file: passwordFile,
            question: "New password for \(DisplayText.printable(user)): ", environment: environment,
            ask: ClientSettings.askTwice)
    }

    /// The password that an account shall have from now on.
    func newPassword() throws(UsageError) -> String {
        if newPasswordFile == nil, (environment["CHAT_NEW_PASSWORD"] ?? "").isEmpty {
            guard let password = ClientSettings.askTwice("New password: ") else {
                throw UsageError("a new password is needed: CHAT_NEW_PASSWORD, --new-password-file, or a terminal")
            }
            return password
        }
        return try Password.find(
            variable: "CHAT_NEW_PASSWORD", file: newPasswordFile, question: "New password: ", environment: environment)
    }

    static func askTwice(_ question: String) -> String? {
        while true {
            guard let first = PasswordPrompt.ask(question) else { return nil }
            guard let second = PasswordPrompt.ask("Once more: ") else { return nil }
            if first == second { return first }
            StandardStream.error.write("They differ; please try again.\n")
        }
    }
}
