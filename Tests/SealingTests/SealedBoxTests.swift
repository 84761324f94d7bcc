import Sealing
import Testing

@Suite struct SealedBoxTests {
    private let key = SealingKey.random()
    private let context = Array("message:7".utf8)

    @Test(arguments: [0, 1, 100, 70_000])
    func whatWasSealedOpens(_ count: Int) {
        let plain = Randomness.bytes(count)
        let box = SealedBox.seal(plain, key: key, context: context)
        #expect(box.count == count + SealedBox.overhead)
        #expect(SealedBox.open(box, key: key, context: context) == plain)
    }

    @Test func anEmptyContextIsAContext() {
        let box = SealedBox.seal([1, 2], key: key, context: [])
        #expect(SealedBox.open(box, key: key, context: []) == [1, 2])
        #expect(SealedBox.open(box, key: key, context: [0]) == nil)
    }

    @Test func anotherKeyOpensNothing() {
        let box = SealedBox.seal([1, 2, 3], key: key, context: context)
        #expect(SealedBox.open(box, key: .random(), context: context) == nil)
    }

    @Test func aBoxMovedToAnotherContextStaysShut() {
        let box = SealedBox.seal([1, 2, 3], key: key, context: context)
        #expect(SealedBox.open(box, key: key, context: Array("message:8".utf8)) == nil)
    }

    @Test func noCutBoxOpens() {
        let box = SealedBox.seal([1, 2, 3], key: key, context: context)
        for count in 0..<box.count {
            #expect(SealedBox.open(Array(box.prefix(count)), key: key, context: context) == nil)
        }
    }

    @Test func noChangedByteGoesUnseen() {
        let box = SealedBox.seal([1, 2, 3], key: key, context: context)
        for index in box.indices {
            var changed = box
            changed[index] ^= 1
            #expect(SealedBox.open(changed, key: key, context: context) == nil)
        }
    }

    @Test func theSameTextIsNeverSealedAlike() {
        let boxes = (0..<100).map { _ in SealedBox.seal([1], key: key, context: context) }
        #expect(Set(boxes).count == boxes.count)
    }

    @Test func aKeyShowsItselfNowhere() {
        var dumped = ""
        dump(key, to: &dumped)
        #expect("\(key)" == "SealingKey(redacted)")
        #expect(String(reflecting: key) == "SealingKey(redacted)")
        #expect(!dumped.contains("bytes"))
        #expect(!String(describing: Optional(key)).contains(key.bytes.description))
    }

    @Test func aKeyHasExactlyItsSize() {
        #expect(SealingKey([UInt8](repeating: 1, count: 31)) == nil)
        #expect(SealingKey([UInt8](repeating: 1, count: 33)) == nil)
        #expect(SealingKey(key.bytes) == key)
        #expect(SealingKey.random() != key)
    }
}
