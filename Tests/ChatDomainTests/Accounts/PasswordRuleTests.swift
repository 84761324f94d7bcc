import ChatDomain
import Testing

@Suite struct PasswordRuleTests {
    /// Contract: V7.
    @Test(arguments: [
        ("1234567", false), ("12345678", true), (String(repeating: "é", count: 64), true),
        (String(repeating: "é", count: 64) + "x", false), ("pass word é", true),
    ])
    func aPasswordHas8To128Bytes(_ text: String, _ fits: Bool) { #expect(TextRules.isPassword(text) == fits) }

    /// Contract: V7.
    @Test(arguments: ["pass\0word", "pass\nword", "pass\u{7F}word", "pass\u{85}word"])
    func aPasswordHasNoControlCharacters(_ text: String) { #expect(!TextRules.isPassword(text)) }
}
