import EventCodec

/// Stands for real sealing: a box opens only under its key number and in its context, and shows nothing as it is.
struct ShuffledSealer: Sealer, Opener {
    var keyID: Int64 = 12
    /// What was asked for, last first.
    var subject: SealSubject?
    /// Keys that are no more.
    var destroyed: Set<Int64> = []

    struct WrongSubject: Error {}

    func seal(_ plain: [UInt8], subject: SealSubject, context: [UInt8]) throws -> SealedText? {
        if let expected = self.subject, expected != subject { throw WrongSubject() }
        return SealedText(keyID: keyID, box: stamp(context) + plain.map { $0 ^ 0xA5 })
    }

    func open(_ sealed: SealedText, context: [UInt8]) -> [UInt8]? {
        guard !destroyed.contains(sealed.keyID), sealed.box.starts(with: stamp(context)) else { return nil }
        return sealed.box.dropFirst(2).map { $0 ^ 0xA5 }
    }

    private func stamp(_ context: [UInt8]) -> [UInt8] {
        let sum = context.reduce(UInt16(truncatingIfNeeded: keyID)) { $0 &* 31 &+ UInt16($1) }
        return [UInt8(truncatingIfNeeded: sum >> 8), UInt8(truncatingIfNeeded: sum)]
    }
}
