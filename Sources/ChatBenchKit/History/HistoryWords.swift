/// What people are called, and what they say.
struct HistoryWords {
    private let words: [[UInt8]]
    private var text: [UInt8] = []

    init() {
        words = Self.spoken.split(separator: " ").map { Array($0.utf8) }
    }

    /// A text of exactly so many bytes: words of a Zipf distribution.
    mutating func text(_ bytes: Int, _ random: inout SeededNumbers) -> String {
        text.removeAll(keepingCapacity: true)
        while true {
            let word = words[random.zipf(words.count)]
            let space = text.isEmpty ? 0 : 1
            guard text.count + space + word.count <= bytes else { break }
            if space > 0 { text.append(UInt8(ascii: " ")) }
            text += word
        }
        while text.count < bytes { text.append(UInt8(ascii: ".")) }
        return String(decoding: text, as: UTF8.self)
    }

    /// A user's name: no two are the same.
    static func name(_ number: Int) -> String {
        let name = names[number % names.count]
        return number < names.count ? name : "\(name)\(number / names.count)"
    }

    static func groupName(_ number: Int) -> String {
        let name = groupNames[number % groupNames.count]
        return number < groupNames.count ? name : "\(name) \(number / groupNames.count)"
    }

    static let emojis = ["👍", "❤️", "😂", "🎉", "😮", "🙏", "👀", "🚀", "😢", "✅"]
    static let devices = ["phone", "laptop", "tablet"]

    private static let names = [
        "anna", "ben", "carla", "daniel", "emma", "felix", "greta", "hugo", "ida", "jonas", "karin", "lukas", "maria",
        "nils", "olga", "pavel", "quentin", "rosa", "simon", "tanja", "ulrich", "vera", "wilma", "xaver", "yara", "zoe",
        "björn", "jürgen", "zoë", "łukasz", "søren", "айша", "дмитрий", "ελένη", "美咲", "陈伟", "지민", "नेहा", "אורי",
        "فاطمة",
    ]
    private static let groupNames = [
        "lunch", "project atlas", "running club", "book circle", "family", "release crew", "Köln", "music", "東京",
        "chess", "garden", "on call", "films", "travel", "parents", "board games", "cooking", "news", "ideas", "random",
    ]
    private static let spoken = """
        the to and a of in is it you that for on was with as be at this have from or had by not but what all were we \
        when your can said there use an each which she do how their if will up other about out many then them these so \
        some her would make like him into time has look two more write go see number no way could people my than first \
        been call who its now find long down day did get come made may part over new sound take only little work know \
        place year live me back give most very after thing our just name good sentence man think say great where help \
        through much before line right too mean old any same tell boy follow came want show also around form three \
        small set put end does another well large must big even such because turn here why ask went men read need land \
        different home us move try kind hand picture again change off play spell air away animal house point page \
        letter mother answer found study still learn should world high every near add food between own below country \
        plant last school father keep tree never start city earth eye light thought head under story saw left few \
        while along might close something seem next hard open example begin life always those both paper together got \
        group often run important until children side feet car mile night walk white sea began grow took river four \
        carry state once book hear stop without second later miss idea enough eat face watch far really almost let \
        above girl sometimes mountain cut young talk soon list song being leave family meeting tomorrow lunch today \
        deploy release branch review merge ticket server client message offline online weekend train coffee dinner \
        schön grüße übermorgen straße naïve café привет спасибо καλημέρα こんにちは 明日 会議 了解 谢谢 你好 안녕 👍 😀 🎉 haha ok \
        yes maybe sure thanks sorry please see yesterday monday friday o'clock
        """
}
