import Foundation

/// Logs in and enters rooms.
extension StanzaClient {
    /// What the server serves, and the host of its rooms.
    private static let host = "localhost"
    static let roomHost = "conference.localhost"

    private static let header = """
        <?xml version='1.0'?><stream:stream to='\(host)' version='1.0' xmlns='jabber:client' \
        xmlns:stream='http://etherx.jabber.org/streams'>
        """

    /// What others write to.
    var address: String { "\(name)@\(StanzaClient.host)" }

    /// Without TLS, so over loopback or a network of one's own (RFC 6120, 6 and 7; XEP-0198, 3).
    func logIn(password: String) async throws {
        let isFeatures = { (text: String) in text.hasPrefix("<stream:features") }
        _ = try await ask(StanzaClient.header, until: isFeatures)
        let secret = Data("\0\(name)\0\(password)".utf8).base64EncodedString()
        _ = try await ask("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>\(secret)</auth>") {
            $0.hasPrefix("<success")
        }
        _ = try await ask(StanzaClient.header, until: isFeatures)
        let bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>bench</resource></bind>"
        _ = try await ask("<iq type='set' id='bind'>\(bind)</iq>") { $0.hasPrefix("<iq") }
        _ = try await ask("<enable xmlns='urn:xmpp:sm:3'/>") { $0.hasPrefix("<enabled") }
        isManaged = true
        // Whoever is not present gets messages only later.
        write("<presence/>", isStanza: true)
    }

    /// In a room are all who were there before; the last presence that comes is one's own (XEP-0045, 7.2.2).
    func enter(_ room: String) async throws {
        guard rooms.insert(room).inserted else { return }
        let history = "<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x>"
        _ = try await ask("<presence to='\(room)/\(name)'>\(history)</presence>", isStanza: true) {
            $0.hasPrefix("<presence") && $0.contains("code='110'")
        }
    }
}
