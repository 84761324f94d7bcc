import ChatApplication
import ChatDomain
import JSONText

/// A signal as the payload of a publication: a short JSON array.
enum TypingCodec {
    static func encode(_ signal: TypingSignal) -> [UInt8] {
        let value: JSONValue = [
            .string(signal.conversation.description), .integer(signal.user.value),
            signal.name.map { .string($0) } ?? .null, .string(signal.node.value),
        ]
        return value.encoded()
    }

    static func decode(_ bytes: [UInt8]) -> TypingSignal? {
        guard let value = try? JSONValue.parse(bytes),
            let conversation = value[0]?.stringValue.flatMap({ Conversation($0) }), let user = value[1]?.intValue,
            let node = value[3]?.stringValue
        else { return nil }
        return TypingSignal(
            conversation: conversation, user: UserID(user), name: value[2]?.stringValue,
            node: NodeName(node))
    }
}

/// A receipt as a short JSON array: a word, the conversation, whose, the name, how far, whether a group is told.
enum ReceiptCodec {
    static func encode(_ receipt: ConversationReceipt) -> JSONValue {
        let word: JSONValue =
            switch receipt.progress {
            case .delivered: "d"
            case .read: "r"
            }
        return [
            word, .string(receipt.conversation.description), .integer(receipt.user.value),
            receipt.name.map { .string($0) } ?? .null, .integer(receipt.progress.seq), .bool(receipt.tellsGroup),
        ]
    }

    static func decode(_ value: JSONValue) -> ConversationReceipt? {
        guard let conversation = value[1]?.stringValue.flatMap({ Conversation($0) }), let user = value[2]?.intValue,
            let seq = value[4]?.intValue, let tellsGroup = value[5]?.boolValue
        else { return nil }
        return ConversationReceipt(
            conversation: conversation, user: UserID(user), name: value[3]?.stringValue,
            progress: value[0] == "d" ? .delivered(seq) : .read(seq), tellsGroup: tellsGroup)
    }
}
