import ChatTestKit
@testable import TLS
import Testing

@Suite struct TLSSessionTests {
    private let files: [String]
    private let server: TLSContext
    private let authority: String

    init() throws {
        files = try TestCertificates.write([
            TestCertificates.first, TestCertificates.firstKey, TestCertificates.authority, TestCertificates.secondKey,
        ])
        server = try TLSContext(certificate: files[0], key: files[1])
        authority = files[2]
    }

    /// Two ends, and what each has been told.
    private final class Pair {
        let client: TLSSession
        let server: TLSSession
        var toClient = TLSReceived()
        var toServer = TLSReceived()

        init(_ client: TLSSession, _ server: TLSSession) {
            self.client = client
            self.server = server
            add(client.receive([]), to: &toClient)
        }

        private func add(_ more: TLSReceived, to received: inout TLSReceived) {
            received.bytes += more.bytes
            received.end = more.end ?? received.end
        }

        /// Carries what waits to the other side, in pieces, until nothing does.
        func run(pieces: Int = .max) {
            while true {
                let up = client.takeOutput()
                let down = server.takeOutput()
                if up.isEmpty && down.isEmpty { return }
                for piece in cut(up, pieces) { add(server.receive(piece), to: &toServer) }
                for piece in cut(down, pieces) { add(client.receive(piece), to: &toClient) }
            }
        }

        private func cut(_ bytes: [UInt8], _ size: Int) -> [[UInt8]] {
            guard size < bytes.count else { return bytes.isEmpty ? [] : [bytes] }
            return stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
        }
    }

    private func pair(
        _ versions: TLSVersions = .all, host: String = "localhost", resuming: TLSResumption? = nil
    ) throws -> Pair {
        let context = try TLSContext(authorities: authority, versions: versions)
        return Pair(
            TLSSession(client: context, host: host, resuming: resuming), TLSSession(server: server))
    }

    @Test(arguments: [(TLSVersions.all, "TLSv1.3"), (.upTo12, "TLSv1.2")])
    func twoEndsAgreeAndTalkInBothVersionsHoweverTheBytesAreCut(_ versions: TLSVersions, _ name: String) throws {
        for pieces in [1, 7, .max] {
            let pair = try pair(versions)
            pair.run(pieces: pieces)
            #expect(pair.client.isEstablished && pair.server.isEstablished)
            #expect(pair.server.version == name)
            let many = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
            pair.client.write(Array("up".utf8))
            pair.server.write(many)
            pair.run(pieces: pieces)
            #expect(pair.toServer == TLSReceived(bytes: Array("up".utf8)))
            #expect(pair.toClient == TLSReceived(bytes: many))
        }
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func aCertificateFitsItsNameAndItsAddress(_ host: String) throws {
        let pair = try pair(host: host)
        pair.run()
        #expect(pair.client.isEstablished)
    }

    @Test func anotherHostsCertificateIsNotBelieved() throws {
        for host in ["elsewhere.example", "127.0.0.2"] {
            let pair = try pair(host: host)
            pair.run()
            guard case .failed(let reason)? = pair.toClient.end else {
                Issue.record("believed")
                continue
            }
            #expect(reason.contains("mismatch"))
            #expect(pair.toServer.end != nil)
        }
    }

    @Test func anUnknownAuthorityIsNotBelieved() throws {
        let session = TLSSession(client: try TLSContext(authorities: nil), host: "localhost")
        let pair = Pair(session, TLSSession(server: server))
        pair.run()
        guard case .failed = pair.toClient.end else {
            Issue.record("believed")
            return
        }
    }

    @Test(arguments: ["{\"jsonrpc\":\"2.0\"}\n", "GET / HTTP/1.1\r\n"])
    func whoSpeaksNoTLSGetsAnAlert(_ text: String) {
        let session = TLSSession(server: server)
        #expect(session.receive(Array(text.utf8)).end == .failed("the peer speaks no TLS"))
        #expect(session.takeOutput() == [21, 3, 1, 0, 2, 2, 70])
    }

    @Test func aSessionIsResumed() throws {
        for versions in [TLSVersions.all, .upTo12] {
            let first = try pair(versions)
            first.run()
            #expect(!first.server.isResumed)
            let resumption = try #require(first.client.resumption)
            let second = try pair(versions, resuming: resumption)
            second.run()
            #expect(second.server.isEstablished && second.server.isResumed)
        }
    }

    @Test func whoHasSaidItsEndStillReads() throws {
        for versions in [TLSVersions.all, .upTo12] {
            let pair = try pair(versions)
            pair.run()
            pair.client.write([1])
            pair.client.close()
            pair.run()
            #expect(pair.toServer == TLSReceived(bytes: [1], end: .closed))
            pair.server.write([2])
            pair.server.close()
            pair.run()
            #expect(pair.toClient == TLSReceived(bytes: [2], end: .closed))
        }
    }

    @Test func aRecordThatWasChangedOnItsWayIsNotTaken() throws {
        let pair = try pair()
        pair.run()
        pair.client.write([1, 2, 3])
        var record = pair.client.takeOutput()
        record[record.count - 1] ^= 1
        guard case .failed = pair.server.receive(record).end else {
            Issue.record("taken")
            return
        }
    }

    @Test func filesThatDoNotFitAreRefusedWithoutNamingThem() throws {
        for (certificate, key) in [(files[0], files[3]), (files[0], "/nothing"), (files[1], files[1])] {
            #expect {
                try TLSContext(certificate: certificate, key: key)
            } throws: { error in
                !"\(error)".contains("/") && error is TLSError
            }
        }
    }
}
