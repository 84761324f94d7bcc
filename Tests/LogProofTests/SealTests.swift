import ChatDomain
import Hashing
import JSONText
import LogProof
import Sealing
import Testing

@Suite struct SealTests {
    let samples = ProofSamples()

    @Test func theSignedBytesAreThoseOfTheDocumentation() {
        let digest = SHA256.digest([])
        let head = SealHead(
            number: 1, first: Position(2), last: Position(3), epoch: "ab", at: 4, node: NodeName("n"), root: digest,
            fingerprints: .zero, previous: digest, key: samples.key.verifyingKey)
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        let expected = [
            "7061726c65792d7365616c2d310a",  // parley-seal-1 and a line's end
            "0000000000000001" + "0000000000000002" + "0000000000000003" + "0000000000000004",
            "00000002" + "6162", "00000001" + "6e", empty, String(repeating: "00", count: 32), empty,
            Hexadecimal.text(samples.key.verifyingKey.bytes),
        ]
        #expect(Hexadecimal.text(head.bytes) == expected.joined())
    }

    @Test func aSealComesBackFromItsJSON() throws {
        for seal in samples.seals {
            let text = JSONValue.object(seal.json).description
            let object = try #require(try JSONValue.parse(text).objectValue)
            #expect(Seal(object) == seal)
            for name in object.names {
                var broken = object
                broken[name] = .string("x")
                if name != "epoch", name != "node" { #expect(Seal(broken) == nil, "\(name)") }
            }
        }
    }

    @Test func aFieldThatWasChangedNoLongerFitsTheSignature() {
        let seal = samples.seals[1]
        var heads = [SealHead](repeating: seal.head, count: 10)
        heads[0].number = 3
        heads[1].first = Position(2)
        heads[2].last = Position(6)
        heads[3].epoch = "aaab"
        heads[4].at += 1
        heads[5].node = NodeName("b")
        heads[6].root = .zero
        heads[7].fingerprints = .zero
        heads[8].previous = .zero
        heads[9].key = SigningKey.random().verifyingKey
        #expect(seal.isSigned)
        for head in heads { #expect(!Seal(head, signature: seal.signature).isSigned) }
        #expect(!Seal(seal.head, signature: seal.signature.reversed()).isSigned)
    }

    @Test func onlyAKnownKeyIsTrusted() throws {
        let text = Base64.encode(samples.key.verifyingKey.bytes)
        let other = Base64.encode(SigningKey.random().verifyingKey.bytes)
        let seal = samples.seals[0]
        let (one, both) = (TrustedKeys(text: "\(text)\n"), TrustedKeys(text: "# of a\n\(other) a\n\n\(text) b"))
        let (mine, any) = (try #require(one), try #require(both))
        #expect(mine.defect(of: seal) == nil && any.defect(of: seal) == nil)
        let foreign = try #require(TrustedKeys(text: other))
        #expect(foreign.defect(of: seal)?.contains("not among the public keys") ?? false)
        let altered = Seal(seal.head, signature: seal.signature.reversed())
        #expect(mine.defect(of: altered)?.contains("signature") ?? false)
        #expect(TrustedKeys(text: "") == nil && TrustedKeys(text: "\(text)\nno key") == nil)
    }

    @Test func fingerprintsSayWhichLeafDiffers() {
        let fingerprints = samples.tree(1, 9).fingerprints
        for index in 0..<9 {
            var leaves = SealedLeaves()
            for (number, event) in samples.events.enumerated() {
                let leaf = EventLeaf.bytes(of: event) + (number == index ? [0] : [])
                leaves.add(leaf[...])
            }
            #expect(leaves.fingerprints.firstDifference(from: fingerprints) == index)
        }
        #expect(fingerprints.firstDifference(from: fingerprints) == nil)
        #expect(fingerprints.firstDifference(from: samples.tree(1, 8).fingerprints) == 8)
    }
}
