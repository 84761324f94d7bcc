import Edge
import Sealing
import WebClient

/// The web client as the HTTP port serves it: from memory, each file under a tag of its content, so that a browser
/// that has it is told so in a few bytes.
struct WebPages: Sendable {
    private let responses: [String: HTTPResponse]

    init() {
        responses = Dictionary(uniqueKeysWithValues: WebAsset.all.map { ($0.path, Self.response($0)) })
    }

    /// Every path that there is.
    var paths: Set<String> { Set(responses.keys) }

    /// What is at one of the paths.
    func response(_ path: String) -> HTTPResponse {
        responses[path] ?? HTTPResponse(status: 404, body: "not found\n")
    }

    private static func response(_ asset: WebAsset) -> HTTPResponse {
        var response = HTTPResponse(contentType: asset.contentType, bytes: asset.bytes)
        response.entityTag = "\"\(Hexadecimal.text(Digest.blake2b(asset.bytes, count: 16)))\""
        // Kept, but asked about each time: after an update of the node no page runs with half of the old files.
        response.caching = "no-cache"
        response.fields = [
            ("Content-Security-Policy", policy), ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
        ]
        return response
    }

    /// Nothing but the node's own files runs, and the page speaks to nobody but its origin. Strings never become
    /// markup: browsers that know Trusted Types refuse it.
    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ].joined(separator: "; ")
}
