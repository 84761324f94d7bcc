public import ChatDomain

/// How new sets of tables became the live ones.
public struct Takeover: Sendable {
    /// A table, in the live set before and in the new one, at the same position.
    public struct RowCount: Sendable, Equatable {
        /// The table, by its live name.
        public var table: String
        /// Rows before; nil if the two could not be counted at one position.
        public var before: Int?
        /// Rows now.
        public var after: Int
    }

    /// One projection.
    public struct Entry: Sendable {
        /// The projection.
        public var projection: String
        /// The set that was live before, and is kept.
        public var before: Int
        /// The set that is live now.
        public var number: Int
        /// Its version.
        public var version: Int
        /// The position that it had reached.
        public var position: Position
        /// Its tables.
        public var tables: [RowCount]
    }

    /// The furthest of the positions.
    public var position: Position
    /// How long the live checkpoints, and for a part of it the views, were locked: nobody waited longer for the swap.
    public var paused: Duration
    /// How often it was tried; each time but the last somebody else's transaction held a view open.
    public var attempts: Int
    /// The projections.
    public var projections: [Entry]

}
