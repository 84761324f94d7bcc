import Glibc

/// The machine that the program runs on.
public enum HostName {
    /// Its name; `default` if it has none.
    public static var current: String {
        var buffer = [CChar](repeating: 0, count: 256)
        // Reason: the buffer outlives the call, which is told one less than its size, so the end stays zero.
        guard unsafe gethostname(&buffer, buffer.count - 1) == 0 else { return "default" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
