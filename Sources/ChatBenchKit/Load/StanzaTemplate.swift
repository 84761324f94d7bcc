/// The stanza with which a client of XMPP sends a message, and the request that it be acknowledged (XEP-0198): with
/// every one, as clients do that show what the server has.
struct StanzaTemplate: MessageTemplate {
    private let head: [UInt8]
    private let text: StampedText

    /// - Parameter type: `chat` or `groupchat`.
    init(type: String, to address: String, run: Int, sender: Int, size: Int) {
        head = Array("<message type='\(type)' to='\(address)' id='".utf8)
        text = StampedText(run: run, sender: sender, size: size)
    }

    /// The stanza; its id is the message's number.
    func line(number: Int, intended: Int64) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(head.count + text.capacity + 80)
        line.append(contentsOf: head)
        Decimal.append(number, to: &line)
        line.append(contentsOf: "'><body>".utf8)
        text.append(number: number, intended: intended, to: &line)
        line.append(contentsOf: "</body></message><r xmlns='urn:xmpp:sm:3'/>".utf8)
        return line
    }
}
