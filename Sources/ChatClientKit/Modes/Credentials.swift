import CommandLineTool
import JSONText

/// Opens a session: with a kept token if one works, else with the password; keeps the token that comes with it.
final class Credentials {
    private let settings: ClientSettings
    private let purpose: StateFolder.Purpose
    private var untried: [StateFolder.Purpose]
    private var tried: StateFolder.Purpose?
    private var password: String?
    let user: String

    /// A session with feed has its device's own token. A session without feed would do with that one too.
    init(_ settings: ClientSettings, user: String, purpose: StateFolder.Purpose, usesTokens: Bool = true) {
        self.settings = settings
        self.user = user
        self.purpose = purpose
        untried = usesTokens ? (purpose == .device ? [.device] : [.sending, .device]) : []
    }

    /// The next thing to try: a kept token, else the password, which is asked for if need be.
    func next() throws -> (token: String?, password: String?) {
        while !untried.isEmpty {
            let purpose = untried.removeFirst()
            guard let token = kept(purpose) else { continue }
            tried = purpose
            return (token, nil)
        }
        tried = nil
        if let password { return (nil, password) }
        let password = try settings.password(of: user)
        self.password = password
        return (nil, password)
    }

    /// Uses this password from now on.
    func use(password: String) {
        self.password = password
        untried = []
        tried = nil
    }

    func tokenRefused() {
        if let tried { keep(nil, tried) }
    }

    func loggedIn(_ result: JSONObject) {
        guard tried == nil, let token = result["token"]?.stringValue else { return }
        keep(token, purpose)
        tried = purpose
    }

    /// After a logout, or when the server ended the session for good.
    func forget() {
        if let tried { keep(nil, tried) }
    }

    private func kept(_ purpose: StateFolder.Purpose) -> String? {
        settings.state.token(
            server: settings.server.description, user: user, device: settings.device, purpose: purpose)
    }

    private func keep(_ token: String?, _ purpose: StateFolder.Purpose) {
        settings.state.keep(
            token, server: settings.server.description, user: user, device: settings.device, purpose: purpose)
    }
}
