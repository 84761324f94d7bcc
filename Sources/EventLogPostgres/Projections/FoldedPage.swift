package import ChatDomain
package import ChatProjections

/// What a page of the log comes to for one projection.
package struct FoldedPage: Sendable {
    let projection: any Projection.Type
    /// The set of tables that it is for.
    let set: Int
    /// The changes.
    let steps: [RowStep]
    /// Up to where they go.
    let through: Position
    /// Why they do not go to the page's end.
    package let failure: FoldFailure?

    /// Folds a page that ends at `end`.
    package init(_ projection: any Projection, set: Int, events: [DecodedEvent], end: Position) {
        var batch = RowBatch()
        failure = projection.fold(events) { batch.add($0) }
        self.projection = type(of: projection)
        self.set = set
        steps = batch.take()
        through = failure?.position.advanced(by: -1) ?? end
    }

    /// The statements that carry it out.
    package var statements: [SQLStatement] { steps.map { $0.statement(set: set) } }
}
