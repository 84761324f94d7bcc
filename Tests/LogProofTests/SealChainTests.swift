import ChatDomain
import LogArchive
import LogProof
import Sealing
import Testing

@Suite struct SealChainTests {
    let samples = ProofSamples()

    private func defect(_ seals: [Seal], _ lineage: [ArchiveHeader.Life]? = nil) -> ProofDefect? {
        var chain = SealChain(lineage: lineage ?? samples.lineage)
        do throws(ProofDefect) {
            for seal in seals { try chain.add(seal) }
            return nil
        } catch {
            return error
        }
    }

    @Test func aChainThatIsWholeIsTaken() {
        #expect(defect(samples.seals) == nil)
        #expect(defect([]) == nil)
    }

    @Test func aSealThatIsMissingIsNoticedAtItsFirstPosition() {
        let seals = samples.seals
        #expect(defect(Array(seals.dropFirst()))?.position == Position(1))
        #expect(defect([seals[0], seals[2]])?.position == Position(3))
        #expect(defect([seals[0], seals[0]])?.position == Position(3))
    }

    @Test func aSealOfAnotherChainIsNoticed() {
        let seals = samples.seals
        // Another first seal, as right in itself as the true one; what follows does not follow it.
        let other = samples.seal(1, 1, 2, "aaaa", after: nil, key: .random())
        let found = defect([other] + seals.dropFirst())
        #expect(found?.position == Position(3) && found?.reason.contains("does not follow") ?? false)
        let altered = Seal(seals[0].head, signature: seals[0].signature.reversed())
        #expect(defect([altered] + seals.dropFirst())?.position == Position(3))
    }

    @Test func positionsThatNoSealIsOverAreNoticed() {
        let first = samples.seals[0]
        #expect(defect([first, samples.seal(2, 4, 5, "aaaa", after: first)])?.position == Position(3))
        #expect(defect([first, samples.seal(2, 2, 5, "aaaa", after: first)])?.position == Position(3))
    }

    @Test func aSealBelongsToTheEpochOfItsEvents() {
        let seals = samples.seals
        let foreign = samples.seal(3, 6, 9, "aaaa", after: seals[1])
        #expect(defect(Array(seals.prefix(2)) + [foreign])?.reason.contains("epoch") ?? false)
        #expect(defect(seals, [samples.lineage[0]])?.position == Position(6), "an epoch that nobody knows")
        let wide = samples.seal(2, 3, 9, "aaaa", after: seals[0])
        #expect(defect([seals[0], wide])?.reason.contains("several epochs") ?? false)
        // Two lives from the same position on: the first one had no event.
        let again = samples.lineage + [.init(epoch: "cccc", from: Position(6), at: 3)]
        #expect(defect(seals, again)?.position == Position(6))
    }

    @Test func timeNeverGoesBack() {
        let first = samples.seals[0]
        var head = samples.seals[1].head
        head.at = first.head.at - 1
        #expect(defect([first, Seal(head, signedBy: samples.key)])?.reason.contains("older") ?? false)
    }
}
