/// Looks for the highest rate that the server bears: doubles until it does not, then halves the distance. Pure.
struct Search: Equatable {
    /// How often the distance is halved.
    static let refinements = 4

    /// The next rate to try; nil when the search is over.
    private(set) var next: Int?
    /// The highest rate that was borne; 0 if none.
    private(set) var best = 0
    private var tooHigh: Int?
    private var refined = 0

    init(from rate: Int) {
        next = max(1, rate)
    }

    /// Takes how the rate that was tried went.
    mutating func tried(isBorne: Bool) {
        guard let rate = next else { return }
        if isBorne { best = max(best, rate) } else { tooHigh = rate }
        guard let tooHigh else {
            next = rate * 2
            return
        }
        if best > 0 || refined > 0 { refined += 1 }
        let middle = best > 0 ? (best + tooHigh) / 2 : tooHigh / 2
        next = refined > Search.refinements || middle <= best || middle == 0 ? nil : middle
    }
}
