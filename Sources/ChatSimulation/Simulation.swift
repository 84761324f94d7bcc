import Foundation

/// The program: worlds from seeds, and what was found in them.
enum Simulation {
    /// What it is asked for.
    private struct Wish {
        var seeds: UInt64 = 100
        var first: UInt64 = 1
        var showsHashes = false
        /// One world, with all that happens in it.
        var told: UInt64?

        init?(_ arguments: [String]) {
            told = ProcessInfo.processInfo.environment["SIMULATION_SEED"].flatMap { UInt64($0) }
            var rest = arguments[...]
            while let option = rest.popFirst() {
                if option == "--hashes" {
                    showsHashes = true
                    continue
                }
                guard let number = rest.popFirst().flatMap({ UInt64($0) }) else { return nil }
                switch option {
                case "--seeds": seeds = number
                case "--first": first = number
                default: return nil
                }
            }
        }
    }

    private static let usage = """
        usage: chat-simulate [--seeds N] [--first SEED] [--hashes]
        Runs N simulated clusters from SEED on. SIMULATION_SEED=SEED tells the story of one.
        """

    /// The exit status: 0 if every world kept the promises, 1 if one did not.
    static func run(_ arguments: [String]) -> Int32 {
        guard let wish = Wish(arguments) else {
            print(usage)
            return 2
        }
        if let seed = wish.told { return tell(seed) }
        var failed = 0
        var tally = Tally()
        for seed in wish.first..<wish.first + wish.seeds {
            let world = World(seed: seed)
            world.run()
            tally.add(world.tally)
            if wish.showsHashes { print("seed \(seed): \(String(world.timeline.trace.hash, radix: 16))") }
            guard !world.wrong.isEmpty else { continue }
            failed += 1
            print("seed \(seed) failed; SIMULATION_SEED=\(seed) chat-simulate tells how:")
            for line in world.wrong.prefix(8) { print("  \(line)") }
        }
        print(tally.words)
        print("\(wish.seeds) worlds from seed \(wish.first): \(failed) failed")
        return failed == 0 ? 0 : 1
    }

    private static func tell(_ seed: UInt64) -> Int32 {
        let world = World(seed: seed, keepsWords: true)
        world.run()
        for line in world.timeline.trace.words { print(line) }
        for line in world.wrong { print("wrong: \(line)") }
        print("seed \(seed): \(world.timeline.steps) steps, \(String(world.timeline.trace.hash, radix: 16))")
        return world.wrong.isEmpty ? 0 : 1
    }
}
