/// What one reading of the log brings into memory at most, however many events are asked for.
public enum LogPage {
    /// Bytes of payloads: a page ends with the event that brings it to as many. So it has one event at least, and is
    /// beyond the bound by one event at most.
    public static let bytes = 1 << 20

    /// Whether a page of at most so many events is as large as it may be, so that there may be more behind it.
    public static func isFull(_ page: [RecordedEvent], limit: Int) -> Bool {
        page.count >= limit || page.reduce(0) { $0 + $1.payload.count } >= bytes
    }
}
