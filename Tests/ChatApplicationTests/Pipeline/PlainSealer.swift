import ChatApplication
import EventCodec
import Sealing

/// Seals nothing and opens everything, so that what is in the log can be looked at.
struct PlainSealer: Sealer, Opener {
    func seal(_ plain: [UInt8], subject: SealSubject, context: [UInt8]) throws -> SealedText? {
        SealedText(keyID: 1, box: plain)
    }

    func open(_ sealed: SealedText, context: [UInt8]) -> [UInt8]? { sealed.box }
}
