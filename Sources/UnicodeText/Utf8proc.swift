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

    /// Maps by length, never by terminator, so that U+0000 is a scalar like any other. Nothing is decomposed twice but
    /// the few texts that come to more scalars than they have bytes, where `utf8proc_map` would do so with all.
    ///
    /// A Swift string is always valid UTF-8, so the library cannot fail.
    static func map(_ text: String, _ form: Form) -> String {
        var text = text
        return text.withUTF8 { input in
            unsafe map(input, form, scalars: input.count) ?? ""
        }
    }

    /// Nil for an empty text. The library writes its result over the scalars, with a zero behind it.
    private static func map(_ input: UnsafeBufferPointer<UInt8>, _ form: Form, scalars: Int) -> String? {
        guard let start = input.baseAddress, scalars > 0 else { return nil }
        let options = utf8proc_option_t(rawValue: form.options)
        return unsafe withUnsafeTemporaryAllocation(of: utf8proc_int32_t.self, capacity: scalars + 1) { buffer in
            let needed = unsafe utf8proc_decompose(start, input.count, buffer.baseAddress, scalars, options)
            precondition(needed >= 0, "utf8proc_decompose failed with code \(needed)")
            guard needed <= scalars else { return unsafe map(input, form, scalars: needed) }
            let count = unsafe utf8proc_reencode(buffer.baseAddress, needed, options)
            precondition(count >= 0, "utf8proc_reencode failed with code \(count)")
            return unsafe String(decoding: UnsafeRawBufferPointer(buffer).prefix(count), as: UTF8.self)
        }
    }
}
