/// The line with which a client of Parley sends a message.
struct RequestTemplate: MessageTemplate {
    /// Whom a client writes to.
    enum Target: Equatable {
        /// `chat` to a user's id.
        case user(Int)
        /// `groupchat` to a group's id.
        case group(Int)
    }

    private let head: [UInt8]
    private let text: StampedText

    init(target: Target, run: Int, sender: Int, size: Int) {
        let (method, parameter) =
            switch target {
            case .user(let id): ("chat", "\"to\":\(id)")
            case .group(let id): ("groupchat", "\"group\":\(id)")
            }
        head = Array("{\"jsonrpc\":\"2.0\",\"method\":\"\(method)\",\"params\":{\(parameter),\"text\":\"".utf8)
        text = StampedText(run: run, sender: sender, size: size)
    }

    /// The line; its id is the message's number.
    func line(number: Int, intended: Int64) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(head.count + text.capacity + 40)
        line.append(contentsOf: head)
        text.append(number: number, intended: intended, to: &line)
        line.append(contentsOf: "\"},\"id\":".utf8)
        Decimal.append(number, to: &line)
        line.append(contentsOf: "}\n".utf8)
        return line
    }
}
