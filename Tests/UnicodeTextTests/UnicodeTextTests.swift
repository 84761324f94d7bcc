import Foundation
import Testing

@testable import UnicodeText

/// Swift compares strings by canonical equivalence, which would hide what these tests look for.
private func scalars(_ text: String) -> [UInt32] {
    text.unicodeScalars.map(\.value)
}

private func sameKey(_ left: String, _ right: String) -> Bool {
    scalars(UnicodeText.foldKey(left)) == scalars(UnicodeText.foldKey(right))
}

@Suite struct UnicodeTextTests {
    @Test func nfcComposesWhatIsDecomposed() {
        #expect(scalars(UnicodeText.nfc("e\u{301}")) == [0xE9])
        #expect(scalars(UnicodeText.nfc("\u{E9}")) == [0xE9])
        #expect(scalars(UnicodeText.nfc("\u{1112}\u{1161}\u{11AB}")) == [0xD55C])
    }

    @Test func nfcKeepsCaseAndCompatibilityForms() {
        #expect(scalars(UnicodeText.nfc("Straße ﬁ Ａ")) == scalars("Straße ﬁ Ａ"))
    }

    @Test func nfcOrdersMarks() {
        #expect(scalars(UnicodeText.nfc("a\u{301}\u{323}")) == scalars(UnicodeText.nfc("a\u{323}\u{301}")))
    }

    @Test(arguments: [
        ("straße", "STRASSE"), ("straße", "STRAẞE"), ("ｆｕｌｌ", "FULL"), ("ﬁsh", "FISH"), ("e\u{301}", "É"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("ς", "σ"), ("K", "k"), ("Å", "å"), ("①", "1"), ("ǅ", "ǆ"), ("ℌ", "h"),
        ("İ", "i\u{307}"),
        ("ŉ", "ʼn"), ("ᾳ", "αι"),
    ])
    func namesThatLookAlikeInAnotherFormShareAKey(_ pair: (String, String)) {
        #expect(sameKey(pair.0, pair.1))
    }

    @Test(arguments: [("ı", "i"), ("é", "e"), ("а", "a"), ("ö", "oe"), ("ab", "a b"), ("ø", "o")])
    func namesThatOnlyResembleEachOtherKeepTheirOwnKeys(_ pair: (String, String)) {
        #expect(!sameKey(pair.0, pair.1))
    }

    @Test(arguments: ["\u{AD}", "\u{200B}", "\u{200D}", "\u{FEFF}", "\u{FE0F}", "\u{034F}", "\u{2060}", "\u{E0020}"])
    func defaultIgnorablesVanish(_ ignorable: String) {
        #expect(sameKey("an" + ignorable + "na", "anna"))
        #expect(UnicodeText.foldKey(ignorable).isEmpty)
    }

    @Test func anIgnorableBetweenLetterAndMarkDoesNotKeepThemApart() {
        #expect(sameKey("e\u{200B}\u{301}", "é"))
    }

    @Test func asciiFoldsAloneAsBesideOtherScalars() {
        for value in 0..<0x80 as Range<UInt8> {
            let text = "a" + String(UnicodeScalar(value)) + "Z"
            #expect(scalars(UnicodeText.foldKey(text)) == scalars(UnicodeText.foldKey(text + "\u{E9}")).dropLast())
        }
    }

    @Test func theEmptyStringStaysEmpty() {
        #expect(UnicodeText.nfc("").isEmpty)
        #expect(UnicodeText.foldKey("").isEmpty)
        #expect(UnicodeText.foldForSearch("").isEmpty)
    }

    @Test func aNulEndsNothing() {
        #expect(scalars(UnicodeText.nfc("é\u{0}e\u{301}")) == [0xE9, 0, 0xE9])
        #expect(scalars(UnicodeText.foldKey("A\u{0}B")) == [0x61, 0, 0x62])
        #expect(!sameKey("a\u{0}b", "a"))
    }

    @Test(arguments: [0x301, 0x10_FFFF, 0xFFFE, 0xFDD0, 0xE000, 0xD7FF, 0, 0x7F, 0x1_F600, 0x1_F1E9] as [UInt32])
    func loneScalarsOfEveryKindSurvive(_ value: UInt32) throws {
        let text = String(try #require(Unicode.Scalar(value)))
        #expect(scalars(UnicodeText.nfc(text)) == [value])
        #expect(scalars(UnicodeText.foldKey(text)) == [value])
    }

    @Test func theKeyOfAKeyIsTheKeyForEveryScalarAfterEveryKindOfNeighbour() {
        var moved: [UInt32] = []
        for value in UInt32(0)...0x10FFFF where value < 0x3_0000 || value >= 0xE_0000 && value < 0xE_1000 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let key = UnicodeText.foldKey("Α" + String(scalar) + "\u{345}\u{301}")
            if scalars(UnicodeText.foldKey(key)) != scalars(key) { moved.append(value) }
        }
        #expect(moved.isEmpty)
    }

    /// So a folded text of such alone needs no second pass.
    @Test func settledScalarsFoldToThemselvesBesideAnything() {
        func isSettled(_ scalar: Unicode.Scalar) -> Bool {
            UnicodeText.settledScalars.contains { $0.contains(scalar.value) }
        }
        let all = (0...0x10_FFFF as ClosedRange<UInt32>).compactMap(Unicode.Scalar.init)
        let moved = all.filter { scalar in
            isSettled(scalar)
                && (scalars(Utf8proc.map(String(scalar), .nfkcCasefold)) != [scalar.value]
                    || scalar.properties.canonicalCombiningClass != .notReordered)
        }
        #expect(moved.isEmpty)
        let joined = all.filter { scalar in
            String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars.dropFirst().contains(where: isSettled)
        }
        #expect(joined.isEmpty)
    }

    @Test func aLongTextIsFoldedWhole() {
        let folded = UnicodeText.foldForSearch(String(repeating: "Ä", count: 10_000))
        #expect(scalars(folded) == [UInt32](repeating: 0xE4, count: 10_000))
    }
}
