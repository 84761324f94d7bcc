/// What a sealer made of something personal.
public struct SealedText: Sendable, Hashable {
    /// The number of the key.
    public var keyID: Int64
    /// The sealed bytes.
    public var box: [UInt8]

    /// A box and the number of its key.
    public init(keyID: Int64, box: [UInt8]) {
        self.keyID = keyID
        self.box = box
    }
}

/// Seals what is personal in an event. The codec itself knows no cryptography.
public protocol Sealer {
    /// Seals bytes under the subject's key; what was sealed in one context must not open in another.
    ///
    /// Nil if the key was destroyed: what is personal is left out then. Throws if the key is not at hand: the caller fetches it beforehand, see `EventCodec.sealSubject(of:at:)`.
    func seal(_ plain: [UInt8], subject: SealSubject, context: [UInt8]) throws -> SealedText?
}

/// Opens what a sealer sealed.
public protocol Opener {
    /// The sealed bytes; nil if the key was destroyed, or the box is not one of this key and context.
    func open(_ sealed: SealedText, context: [UInt8]) -> [UInt8]?
}
