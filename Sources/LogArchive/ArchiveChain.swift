import Sealing

/// The chain that runs through an archive: each line's digest is the BLAKE2b of the one before and of the line without
/// its last member, `sum`, which shows the digest's first bytes. So the first line that was altered, left out or added
/// is the first whose sum is wrong.
struct ArchiveChain {
    private static let digestBytes = 32
    private static let sumBytes = 8
    private static let opening = Array(#","sum":""#.utf8)
    private static let closing = Array(#""}"#.utf8)
    private static let tail = opening.count + 2 * sumBytes + closing.count

    private var digest: [UInt8]

    /// At a file's beginning.
    init() { digest = [UInt8](repeating: 0, count: Self.digestBytes) }

    /// Behind lines with this digest, in hexadecimal.
    init(_ text: String) { digest = Hexadecimal.bytes(text) ?? [] }

    /// The digest of all lines so far, in hexadecimal.
    var text: String { Hexadecimal.text(digest) }

    /// Adds a line that is one JSON object; gives it with its sum, without the line's end.
    mutating func seal(_ object: [UInt8]) -> [UInt8] {
        let body = object.dropLast()
        take(body)
        return Array(body) + ending
    }

    /// Takes a line as `seal` gave it, and gives the object without its sum; nil if the sum is wrong.
    mutating func open(_ line: [UInt8]) -> [UInt8]? {
        guard line.count > Self.tail, line.suffix(Self.closing.count).elementsEqual(Self.closing) else { return nil }
        let body = line.dropLast(Self.tail)
        take(body)
        guard line.suffix(Self.tail).elementsEqual(ending) else { return nil }
        return Array(body) + [UInt8(ascii: "}")]
    }

    private mutating func take(_ body: ArraySlice<UInt8>) {
        digest = Digest.blake2b(digest + body, count: Self.digestBytes)
    }

    private var ending: [UInt8] {
        Self.opening + Array(Hexadecimal.text(Array(digest.prefix(Self.sumBytes))).utf8) + Self.closing
    }
}
