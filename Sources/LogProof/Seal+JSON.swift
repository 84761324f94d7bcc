import ChatDomain
import Hashing
public import JSONText
import LogArchive
import Sealing

extension Seal {
    /// The seal as a JSON object: what `chat-audit anchor` prints, and what a proof carries.
    public var json: JSONObject {
        [
            "format": .string(SealHead.format), "number": .integer(head.number), "from": .integer(head.first.value),
            "to": .integer(head.last.value), "epoch": .string(head.epoch), "at": .string(ArchiveTime.text(head.at)),
            "node": .string(head.node.value), "root": head.root.json, "fingerprints": head.fingerprints.json,
            "previous": head.previous.json, "key": .string(Base64.encode(head.key.bytes)),
            "signature": .string(Base64.encode(signature)), "digest": digest.json,
        ]
    }

    /// Nil if something is missing or of the wrong kind, or the digest, if there is one, is not the seal's.
    public init?(_ object: JSONObject) {
        guard object["format"]?.stringValue == SealHead.format, let number = object["number"]?.intValue,
            let first = object["from"]?.intValue, let last = object["to"]?.intValue, first >= 1, last >= first,
            let epoch = object["epoch"]?.stringValue,
            let at = object["at"]?.stringValue.flatMap(ArchiveTime.microseconds),
            let node = object["node"]?.stringValue, let root = SHA256Digest(json: object["root"]),
            let fingerprints = SHA256Digest(json: object["fingerprints"]),
            let previous = SHA256Digest(json: object["previous"]),
            let key = object["key"]?.stringValue.flatMap(Base64.decode).flatMap({ VerifyingKey($0) }),
            let signature = object["signature"]?.stringValue.flatMap(Base64.decode)
        else { return nil }
        self.init(
            SealHead(
                number: number, first: Position(first), last: Position(last), epoch: epoch, at: at,
                node: NodeName(node), root: root, fingerprints: fingerprints, previous: previous, key: key),
            signature: signature)
        if let shown = object["digest"], SHA256Digest(json: shown) != digest { return nil }
    }
}

extension SHA256Digest {
    var json: JSONValue { .string(Hexadecimal.text(bytes)) }

    init?(json: JSONValue?) {
        guard let bytes = json?.stringValue.flatMap(Hexadecimal.bytes) else { return nil }
        self.init(bytes)
    }
}
