public import ChatProjections

/// Row changes without any meaning, of every kind, over few keys, so that they meet each other.
public struct RandomRowChanges: Sendable {
    /// A table with a key of two columns, and columns of every type.
    public static let things = TableSpec(
        "things", key: ["owner", "name"],
        [
            .init("owner", .bigint),
            .init("name", .name),
            .init("size", .bigint, nullable: true),
            .init("label", .text, nullable: true),
            .init("shown", .boolean, nullable: true),
            .init("at", .time, nullable: true),
            .init("marks", .integers, nullable: true),
            .init("entries", .name, nullable: true),
        ], indexes: [.init("label"), .init("size", where: "size is not null")], fillfactor: 70)

    /// The table that `things` are filled from.
    public static let owners = TableSpec(
        "owners", key: ["owner"], [.init("owner", .bigint), .init("best", .bigint, nullable: true)])

    /// Both tables.
    public static let tables = [things, owners]

    private var random: SplitMix64

    /// From a seed.
    public init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// So many changes.
    public mutating func next(_ count: Int) -> RowChanges {
        var changes = RowChanges()
        for _ in 0..<count { addOne(to: &changes) }
        return changes
    }

    private mutating func addOne(to changes: inout RowChanges) {
        let owner = ColumnValue.integer(Int64.random(in: 1...3, using: &random))
        let name = ColumnValue.text(pick(["a", "b", "c"]))
        switch Int.random(in: 0..<19, using: &random) {
        case 0, 1:
            changes.put(
                Self.things,
                [
                    "owner": owner, "name": name, "size": size(), "label": label(), "shown": shown(), "at": time(),
                    "marks": marks(), "entries": .text(entry()),
                ])
        case 2: changes.insert(Self.things, ["owner": owner, "name": name, "size": size(), "label": label()])
        case 3:
            changes.insert(
                Self.things, ["owner": owner, "name": name], filling: ["size"], from: "best", of: Self.owners,
                key: [owner])
        case 4, 5: changes.update(Self.things, key: [owner, name], ["size": .add(3), "label": .set(label())])
        case 6: changes.update(Self.things, key: [owner, name], ["size": .raise(4), "marks": .set(marks())])
        case 7: changes.delete(Self.things, key: [owner, name])
        case 8: changes.update(Self.things, where: ["owner": owner, "size": size()], ["size": size()])
        case 9: changes.update(Self.things, where: ["label": label()], ["shown": shown(), "at": time()])
        case 10: changes.delete(Self.things, where: ["owner": owner, "shown": shown()])
        case 11: changes.put(Self.owners, ["owner": owner, "best": size()])
        case 12: changes.update(Self.owners, key: [owner], ["best": .raise(5)])
        case 13: changes.update(Self.things, key: [owner, name], ["label": .extend(pick([" more", "", "{\"}"]))])
        case 17:
            let more: [Int32] = pick([[], [3], [7, 7, -1]])
            let assignment: RowChanges.Assignment = pick([.gather(more), .gather(more), .gatherLast(more)])
            changes.update(Self.things, key: [owner, name], ["marks": assignment])
        case 14, 15: changes.update(Self.things, key: [owner, name], ["entries": .extend(entry())])
        case 16:
            let names = pick([nil, ["a"], ["b", "a.c"], ["."]])
            changes.strip(Self.things, "entries", .init([nil, names, pick([nil, ["1"]])]))
        default: changes.delete(Self.owners, key: [owner])
        }
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &random)]
    }

    private mutating func size() -> ColumnValue { pick([.null, .integer(1), .integer(2), .integer(9)]) }

    private mutating func label() -> ColumnValue {
        pick([.null, .text("plain"), .text("q\"u\\o'te,{}"), .text(""), .text("NULL"), .text("Ärger\n\t👍")])
    }

    private mutating func shown() -> ColumnValue { pick([.null, .boolean(true), .boolean(false)]) }

    private mutating func marks() -> ColumnValue {
        pick([.null, .integers([]), .integers([7]), .integers([.min, -1, 0, 1, .max])])
    }

    private mutating func entry() -> String {
        pick([";1,a,1", ";2,b,1;3,a,", ";12,a,11", ";1,a,1,1", ";~?,b,2", ""])
    }

    private mutating func time() -> ColumnValue {
        pick([.null, .time(0), .time(-1), .time(1_795_180_800_123_456), .time(951_782_400_000_000)])
    }
}
