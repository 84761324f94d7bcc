import CUtf8proc
import Glibc

/// The only file that calls libutf8proc.
enum Utf8proc {
    /// A form to map to, as the library's option bits.
    struct Form {
        let options: UInt32

        static let nfc = Form(options: UTF8PROC_STABLE.rawValue | UTF8PROC_COMPOSE.rawValue)
        static let nfkcCasefold = Form(
            options: UTF8PROC_STABLE.rawValue | UTF8PROC_COMPOSE.rawValue | UTF8PROC_COMPAT.rawValue
                | UTF8PROC_CASEFOLD.rawValue | UTF8PROC_IGNORE.rawValue)
    }

    /// Maps by length, never by terminator, so that U+0000 is a scalar like any other.
    ///
    /// A Swift string is always valid UTF-8, so the library can fail only for want of memory, which traps.
    static func map(_ text: String, _ form: Form) -> String {
        var text = text
        return text.withUTF8 { input in
            guard let start = input.baseAddress, !input.isEmpty else { return "" }
            var output: UnsafeMutablePointer<utf8proc_uint8_t>?
            let options = utf8proc_option_t(rawValue: form.options)
            let count = unsafe utf8proc_map(start, input.count, &output, options)
            guard count >= 0, let bytes = unsafe output else {
                preconditionFailure("utf8proc_map failed with code \(count)")
            }
            defer { unsafe free(bytes) }
            return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
        }
    }
}
