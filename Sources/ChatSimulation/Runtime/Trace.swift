/// What happened in a world, as one number, and in words if somebody wants to read it.
final class Trace {
    private let keepsWords: Bool
    private(set) var words: [String] = []
    private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    /// The time in microseconds, set by the timeline.
    private var time: Int64 = 0

    init(keepsWords: Bool) { self.keepsWords = keepsWords }

    func step(_ kind: UInt64, _ number: Int, _ time: Int64) {
        self.time = time
        mix(kind)
        mix(UInt64(bitPattern: Int64(number)))
        mix(UInt64(bitPattern: time))
    }

    func bytes(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes { mix(UInt64(byte)) }
    }

    func note(_ text: @autoclosure () -> String) {
        guard keepsWords else { return }
        words.append("\(max(0, time - 1_700_000_000_000_000) / 1_000) ms  \(text())")
    }

    /// FNV-1a, a word at a time.
    private func mix(_ value: UInt64) { hash = (hash ^ value) &* 0x100_0000_01b3 }
}
