import ChatApplication
import ChatDomain
import ChatProjections
import EventLogPostgres
import UnicodeText

/// Pages of the log; out come the messages whose statements are made, by all folds: those that run together, and each
/// that runs alone, which decodes by itself.
final class FoldCost: CostCarrier, @unchecked Sendable {
    private let node: CostNode
    private let runners: [Runner]
    private var pages: CostPages
    private var folded = 0

    private struct Runner {
        let projections: [any Projection]
        let decoding: EventDecoding
        let types: Set<EventType>
        let opened: Set<EventType>

        init(_ kinds: [any Projection.Type], _ keys: CostKeys) {
            let environment = ProjectionEnvironment(fold: { UnicodeText.foldKey($0) })
            projections = kinds.map { $0.init(environment: environment) }
            decoding = EventDecoding(keys: keys)
            types = kinds.reduce(into: []) { $0.formUnion($1.eventTypes) }
            opened = kinds.reduce(into: []) { $0.formUnion($1.openedTypes) }
        }
    }

    init() throws {
        let encoding = try EncodeCost()
        node = encoding.node
        pages = encoding.pages((CostStage.most + CostStage.warm) / CostStage.batch, of: CostStage.batch)
        let all = ProjectionCatalog.all
        let groups = [all.filter { !$0.runsAlone }] + all.filter { $0.runsAlone }.map { [$0] }
        runners = groups.map { [keys = node.keys] in Runner($0, keys) }
    }

    func carry(_ count: Int) -> Int {
        let before = folded
        for _ in 0..<count / CostStage.batch {
            guard let page = pages.next() else { break }
            Task(executorPreference: node.loop) { try? await self.fold(page) }
            node.loop.drain()
        }
        return folded - before
    }

    private func fold(_ events: [RecordedEvent]) async throws {
        guard let end = events.last?.position else { return }
        var isWhole = true
        for runner in runners {
            let decoded = try await runner.decoding.decode(events, types: runner.types, opened: runner.opened)
            let pages = runner.projections.map { FoldedPage($0, set: 1, events: decoded, end: end) }
            let statements = pages.reduce(0) { $0 + $1.statements.count }
            if statements == 0 || pages.contains(where: { $0.failure != nil }) { isWhole = false }
        }
        if isWhole { folded += events.count }
    }
}
