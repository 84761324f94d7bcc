/// Which of one sender's messages: a bit for each number.
struct MessageSet: Equatable {
    private var words: [UInt64] = []

    /// How many there are.
    private(set) var count = 0
    /// The highest number; -1 if there is none.
    private(set) var last = -1

    /// Adds a number; false if it was there.
    @discardableResult
    mutating func insert(_ number: Int) -> Bool {
        let (word, bit) = (number >> 6, UInt64(1) << UInt64(number & 63))
        while words.count <= word { words.append(0) }
        guard words[word] & bit == 0 else { return false }
        words[word] |= bit
        count += 1
        last = max(last, number)
        return true
    }

    /// How many of these are not in the other.
    func missing(from other: MessageSet) -> Int {
        words.indices.reduce(0) { sum, index in
            let theirs = index < other.words.count ? other.words[index] : 0
            return sum + (words[index] & ~theirs).nonzeroBitCount
        }
    }

    /// How many are in both.
    func common(with other: MessageSet) -> Int { count - missing(from: other) }
}
