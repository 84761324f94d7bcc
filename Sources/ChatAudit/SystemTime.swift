import ChatApplication
import Foundation

/// The machine's clock.
struct SystemTime: Clock {
    func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000_000) }
}
