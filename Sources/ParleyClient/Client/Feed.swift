/// The pushes to a client, one after the other.
public struct Feed: AsyncSequence, Sendable {
    /// A push.
    public typealias Element = Push

    /// Whoever reads the feed keeps the client.
    private let client: ChatClient

    init(_ client: ChatClient) {
        self.client = client
    }

    /// Takes up the feed.
    public func makeAsyncIterator() -> Iterator { Iterator(client) }

    /// Asking for the next push says that the one before was dealt with: then, and not earlier, it is acknowledged.
    public struct Iterator: AsyncIteratorProtocol {
        private let client: ChatClient
        private var last: Int64?

        init(_ client: ChatClient) {
            self.client = client
        }

        /// Waits for the next push; nil after `close()`, or when the task was cancelled.
        public mutating func next() async throws -> Push? {
            if let last { client.desk.dealtWith(last) }
            last = nil
            let push = try await client.desk.nextPush()
            if let push, push.marksTheFeed { last = push.position }
            return push
        }
    }
}
