/// What one reading of the log brings into memory at most, however many events are asked for.
public enum LogPage {
    /// Bytes of payloads: a page ends with the event that brings it to as many. So it has one event at least, and is
    /// beyond the bound by one event at most.
    public static let bytes = 1 << 20
}
