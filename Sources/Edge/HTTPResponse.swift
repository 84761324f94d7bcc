/// What is sent back to a request over HTTP.
public struct HTTPResponse: Sendable {
    /// The status code, such as 200.
    public var status: Int
    /// The content type, with its character set.
    public var contentType: String
    /// Further fields.
    public var fields: [(name: String, value: String)] = []
    /// What names this very content, in double quotes: who says that it has it already gets 304 instead.
    public var entityTag: String?
    /// What may be kept of it, and for how long (`Cache-Control`).
    public var caching = "no-store"
    /// The content.
    public var body: [UInt8]

    /// A response with a text.
    public init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", body: String) {
        self.status = status
        self.contentType = contentType
        self.body = Array(body.utf8)
    }

    /// A response with the bytes of a file.
    public init(contentType: String, bytes: [UInt8]) {
        status = 200
        self.contentType = contentType
        body = bytes
    }

    /// A response that says no more than its status.
    static func plain(_ status: Int, fields: [(name: String, value: String)] = []) -> HTTPResponse {
        var response = HTTPResponse(status: status, body: "\(reason(status).lowercased())\n")
        response.fields = fields
        return response
    }

    /// The bytes of the answer; those of the content are left out for HEAD.
    func encoded(withContent: Bool, keepsAlive: Bool) -> [UInt8] {
        var head = "HTTP/1.1 \(status) \(Self.reason(status))\r\n"
        if hasContent { head += "Content-Type: \(contentType)\r\nContent-Length: \(body.count)\r\n" }
        if let entityTag { head += "ETag: \(entityTag)\r\n" }
        for field in fields { head += "\(field.name): \(field.value)\r\n" }
        // What a page of another origin may not do with the answer: guess its type, or keep it.
        head += "X-Content-Type-Options: nosniff\r\nCache-Control: \(caching)\r\n"
        head += keepsAlive ? "\r\n" : "Connection: close\r\n\r\n"
        return Array(head.utf8) + (withContent && hasContent ? body : [])
    }

    /// A 304 has no content, and none of the fields that describe it.
    private var hasContent: Bool { status != 304 }

    /// The answer to this request: 304 if its client has the content already. Source: RFC 9110, section 13.1.2.
    func conditional(on head: HTTPHead) -> HTTPResponse {
        guard status == 200, let entityTag else { return self }
        let known = head.values("if-none-match").map { $0.hasPrefix("W/") ? String($0.dropFirst(2)) : $0 }
        guard known.contains(entityTag) || known == ["*"] else { return self }
        var unchanged = self
        unchanged.status = 304
        return unchanged
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 426: "Upgrade Required"
        case 431: "Request Header Fields Too Large"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: "Status \(status)"
        }
    }
}
