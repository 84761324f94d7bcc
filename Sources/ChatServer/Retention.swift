import ChatApplication
import ChatDomain
import CommandLineTool
import Telemetry

/// How long texts of messages can be read: `retention.messages`.
struct RetentionSetting: Sendable {
    static let name = "retention.messages"
    /// Days; nil if texts are kept for ever.
    let days: Int?
    /// As it was given.
    let text: String
    private static let mostDays = 36_500

    /// `0`, or a whole number of days such as `365d`.
    init(_ text: String) throws(UsageError) {
        self.text = text
        guard text != "0" else {
            days = nil
            return
        }
        guard text.hasSuffix("d"), let days = Int(text.dropLast()), (1...Self.mostDays).contains(days) else {
            throw UsageError("\(Self.name) takes 0 or a number of days such as 365d, at most \(Self.mostDays)d")
        }
        self.days = days
    }
}

/// Ends the texts of quarters that are over for longer than they are to be kept. The elected node's; that two do so for
/// a moment does no harm.
struct Retention: Sendable {
    let setting: RetentionSetting
    let erasure: Erasure
    let by: ReplayOrigin
    let clock: any Clock
    private static let day: Int64 = 86_400_000_000
    /// Between two looks.
    static let interval: Duration = .seconds(3_600)

    /// Looks once; gives the quarters that it ended.
    func look() async throws(EventLogError) -> [String] {
        guard let days = setting.days else { return [] }
        let order = ErasureOrder(by: by, reason: "\(RetentionSetting.name)=\(setting.text)")
        return try await erasure.endTexts(before: clock.now() - Int64(days) * Self.day, order)
    }
}
