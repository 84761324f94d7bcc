/// The line with which one client sends a message; only what changes from one to the next is written anew.
struct RequestTemplate {
    /// Whom a client writes to.
    enum Target: Equatable {
        /// `chat` to a user's id.
        case user(Int)
        /// `groupchat` to a group's id.
        case group(Int)
    }

    private let head: [UInt8]
    private let padding: [UInt8]

    /// - Parameter size: The bytes of the text; a stamp that is longer than that is not cut.
    init(target: Target, run: Int, sender: Int, size: Int) {
        let (method, parameter) =
            switch target {
            case .user(let id): ("chat", "\"to\":\(id)")
            case .group(let id): ("groupchat", "\"group\":\(id)")
            }
        let stamp = "b\(run) \(sender) "
        head = Array("{\"jsonrpc\":\"2.0\",\"method\":\"\(method)\",\"params\":{\(parameter),\"text\":\"\(stamp)".utf8)
        textBefore = stamp.utf8.count
        padding = Array(repeating: UInt8(ascii: "x"), count: size)
    }

    private let textBefore: Int

    /// The line; its id is the message's number.
    func line(number: Int, intended: Int64) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(head.count + padding.count + 80)
        line.append(contentsOf: head)
        Decimal.append(number, to: &line)
        line.append(UInt8(ascii: " "))
        Decimal.append(Int(intended), to: &line)
        line.append(UInt8(ascii: " "))
        let written = textBefore + line.count - head.count
        if written < padding.count { line.append(contentsOf: padding[written...]) }
        line.append(contentsOf: "\"},\"id\":".utf8)
        Decimal.append(number, to: &line)
        line.append(contentsOf: "}\n".utf8)
        return line
    }
}
