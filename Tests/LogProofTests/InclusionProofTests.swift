import ChatDomain
import Hashing
import JSONText
import LogProof
import Sealing
import Testing

@Suite struct InclusionProofTests {
    let samples = ProofSamples()
    private var keys: TrustedKeys { TrustedKeys([samples.key.verifyingKey]) }

    @Test func everyEventIsProvedByWhatAFileHolds() throws {
        for position in 1...9 {
            let text = JSONValue.object(samples.proof(of: position).json).description
            let object = try #require(try JSONValue.parse(text).objectValue)
            let proof = try #require(InclusionProof(object))
            #expect(proof.defect(keys: keys) == nil && proof.defect(keys: nil) == nil)
            #expect(proof.event.map { "\($0)" } == "\(samples.events[position - 1])")
        }
    }

    @Test func nothingElseIsProved() throws {
        var proofs = [InclusionProof](repeating: samples.proof(of: 7), count: 6)
        proofs[0].position = Position(8)
        proofs[1].leaf = EventLeaf.bytes(of: samples.events[7])
        proofs[2].leaf[proofs[2].leaf.count - 1] ^= 1
        proofs[3].path.reverse()
        proofs[4].seal = samples.seals[1]
        proofs[5].path[0] = .zero
        for proof in proofs { #expect(proof.defect(keys: nil) != nil) }
    }

    @Test func whoeverSignsAnythingElseIsNotTrusted() {
        var proof = samples.proof(of: 7)
        proof.seal = samples.seal(3, 6, 9, "bbbb", after: samples.seals[1], key: .random())
        #expect(proof.defect(keys: nil) == nil, "without a key the signature is not looked at")
        #expect(proof.defect(keys: keys) != nil)
    }

    @Test func whatIsMissingMakesItNoProof() {
        let object = samples.proof(of: 7).json
        for name in object.names {
            let rest = object.members.filter { $0.name != name }
            #expect(InclusionProof(JSONObject(rest.map { ($0.name, $0.value) })) == nil, "\(name)")
        }
    }
}
