import JSONText

/// Keys under which changing commands happen once.
enum CommandKey {
    /// 128 random bits.
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        let halves = [generator.next(), generator.next()].map { (half: UInt64) in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        return halves.joined()
    }

    /// The parameters with a key, if the command takes one.
    static func add(to params: JSONObject, for spec: CommandSpec) -> JSONObject {
        guard spec.retry == .underItsKey else { return params }
        var params = params
        params["key"] = .string(make())
        return params
    }
}
