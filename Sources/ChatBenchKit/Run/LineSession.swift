import JSONText

/// Reads Parley's lines for a session. Confined to the generator's loop.
final class LineSession: LineReceiver {
    private unowned let client: BenchClient
    private let session: LoadSession

    init(client: BenchClient, session: LoadSession) {
        self.client = client
        self.session = session
    }

    func take(_ bytes: [UInt8], _ range: Range<Int>, at now: Int64) {
        let line = LineScanner.scan(bytes, range)
        switch line.kind {
        case .answer: session.answered(line.id, seq: line.seq, at: now)
        case .refusal: session.refused(line.id, reason(Array(bytes[range])))
        case .push: pushed(line, bytes, range, at: now)
        case .unreadable: session.note("unreadable line")
        }
    }

    private func reason(_ bytes: [UInt8]) -> String {
        let error = (try? JSONValue.parse(bytes))?["error"].map { ServerRefusal($0) }
        return error.map { "\($0.code) \($0.reason)" } ?? "unreadable refusal"
    }

    private func pushed(_ line: ScannedLine, _ bytes: [UInt8], _ range: Range<Int>, at now: Int64) {
        if line.seq != 0, !line.text.isEmpty {
            session.pushed(position: line.position)
            return session.shown(bytes, line.text, seq: line.seq, at: now)
        }
        let method = bytes[line.method]
        if method.elementsEqual("goaway".utf8) { return client.noteFarewell(bytes, range) }
        if line.position > 0, !method.elementsEqual("caughtup".utf8) { session.pushed(position: line.position) }
    }

    func disconnected() {
        session.disconnected()
    }
}
