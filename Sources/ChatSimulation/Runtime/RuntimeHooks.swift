import CSodium
import Glibc

/// What of the process would be different in each run: jobs that the runtime would give to its own threads, and the
/// random numbers of libsodium. Both are the simulation's here. The process has one thread, which is what makes the
/// mutable globals safe.
enum RuntimeHooks {
    fileprivate typealias Original = @convention(thin) (UnownedJob) -> Void
    fileprivate typealias Hook = @convention(thin) (UnownedJob, Original) -> Void

    /// Jobs that were about to leave the simulation.
    nonisolated(unsafe) fileprivate static var escaped = 0
    nonisolated(unsafe) fileprivate static var numbers: UInt64 = 0

    /// Whether a job was about to run elsewhere since the numbers were seeded.
    static var hasEscaped: Bool { unsafe escaped > 0 }

    /// From here on nothing runs but what the simulation runs. False if the runtime has no such hook.
    static func install() -> Bool {
        seedRandomness(0)
        unsafe randombytes_set_implementation(implementation)
        // It takes some numbers itself, the first time.
        guard sodium_init() >= 0 else { return false }
        guard let symbol = unsafe dlsym(nil, "swift_task_enqueueGlobal_hook") else { return false }
        let hook = unsafe symbol.assumingMemoryBound(to: Optional<Hook>.self)
        unsafe hook.pointee = { job, original in
            unsafe RuntimeHooks.escaped += 1
            original(job)
        }
        return true
    }

    /// From here on libsodium's numbers follow from a seed.
    static func seedRandomness(_ seed: UInt64) {
        unsafe numbers = seed
        unsafe escaped = 0
    }

    nonisolated(unsafe) private static let implementation: UnsafeMutablePointer<randombytes_implementation> = {
        let memory = UnsafeMutablePointer<randombytes_implementation>.allocate(capacity: 1)
        let made = unsafe randombytes_implementation(
            implementation_name: { nil }, random: { UInt32(truncatingIfNeeded: RuntimeHooks.next()) }, stir: {},
            uniform: { bound in bound < 2 ? 0 : UInt32(truncatingIfNeeded: RuntimeHooks.next()) % bound },
            buf: { bytes, count in
                guard let bytes = unsafe bytes else { return }
                for place in 0..<count {
                    unsafe bytes.storeBytes(
                        of: UInt8(truncatingIfNeeded: RuntimeHooks.next() >> 32), toByteOffset: place, as: UInt8.self)
                }
            }, close: { 0 })
        unsafe memory.initialize(to: made)
        return unsafe memory
    }()

    /// SplitMix64.
    fileprivate static func next() -> UInt64 {
        unsafe numbers &+= 0x9e37_79b9_7f4a_7c15
        var value = unsafe numbers
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}

extension RuntimeHooks {
    /// Swift seeds its hashes anew in each process unless it is told not to; so the order of sets differs. Begins the
    /// program again where it was not told.
    static func insistOnOneOrderOfSets() {
        guard unsafe getenv("SWIFT_DETERMINISTIC_HASHING") == nil else { return }
        unsafe setenv("SWIFT_DETERMINISTIC_HASHING", "1", 1)
        var arguments = unsafe CommandLine.arguments.map { unsafe strdup($0) }
        unsafe arguments.append(nil)
        unsafe execv("/proc/self/exe", arguments)
        fatalError("the simulation cannot begin again")
    }
}
