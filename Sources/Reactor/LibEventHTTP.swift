import CEvent

// Every call into libevent's web server is made here, on the thread of its base.

/// One `evhttp`.
@safe final class WebServer {
    struct Limits {
        var headerBytes: Int
        var bodyBytes: Int
        var idleSeconds: Int
    }

    private let base: EventBase
    private var pointer: OpaquePointer?
    private var listening: OpaquePointer?
    private var body: ((WebRequest) -> Void)?
    /// Requests not answered yet: libevent would free them with the server, and answering is then too late.
    fileprivate var pending = 0

    init(_ base: EventBase, limits: Limits, _ body: @escaping (WebRequest) -> Void) {
        self.base = base
        self.body = body
        unsafe pointer = unsafe evhttp_new(base.pointer)
        guard let pointer = unsafe pointer else { preconditionFailure("libevent gave no web server") }
        unsafe evhttp_set_max_headers_size(pointer, limits.headerBytes)
        unsafe evhttp_set_max_body_size(pointer, limits.bodyBytes)
        unsafe evhttp_set_timeout(pointer, Int32(limits.idleSeconds))
        unsafe evhttp_set_allowed_methods(pointer, UInt16(EVHTTP_REQ_GET.rawValue | EVHTTP_REQ_HEAD.rawValue))
        // Held until `close()`, because the requests refer to it.
        let context = unsafe Unmanaged.passRetained(self).toOpaque()
        unsafe evhttp_set_gencb(pointer, webRequestArrived, context)
    }

    /// Takes over a listening socket.
    func accept(_ socket: Socket) {
        guard let pointer = unsafe pointer else { return socket.close() }
        unsafe listening = unsafe evhttp_accept_socket_with_handle(pointer, socket.descriptor)
        precondition(unsafe listening != nil, "libevent refused a listening socket")
    }

    /// Accepts no more, and frees the server once its last request is answered. Repeatable.
    func close() {
        guard let pointer = unsafe pointer else { return }
        if let listening = unsafe listening { unsafe evhttp_del_accept_socket(pointer, listening) }
        unsafe listening = nil
        body = nil
        freeWhenDone()
    }

    fileprivate func freeWhenDone() {
        guard pending == 0, body == nil, let pointer = unsafe pointer else { return }
        unsafe self.pointer = nil
        unsafe evhttp_free(pointer)
        unsafe Unmanaged.passUnretained(self).release()
    }

    fileprivate func arrived(_ pointer: OpaquePointer) {
        pending += 1
        let request = unsafe WebRequest(pointer, of: self)
        guard let body else { return request.answer(status: 503, contentType: "text/plain", body: []) }
        body(request)
    }
}

/// One request that must be answered exactly once.
@safe final class WebRequest {
    /// The path of the request, without its query.
    let path: String
    private let server: WebServer
    private var pointer: OpaquePointer?

    fileprivate init(_ pointer: OpaquePointer, of server: WebServer) {
        self.server = server
        unsafe self.pointer = unsafe pointer
        let uri = unsafe evhttp_request_get_evhttp_uri(pointer)
        path = unsafe evhttp_uri_get_path(uri).map { unsafe String(cString: $0) } ?? "/"
    }

    /// How many requests of the server wait for an answer, with this one.
    var pending: Int { server.pending }

    func answer(status: Int, contentType: String, body: [UInt8]) {
        guard let pointer = unsafe pointer else { return }
        unsafe self.pointer = nil
        let buffer = unsafe evbuffer_new()
        unsafe evbuffer_add(buffer, body, body.count)
        unsafe evhttp_add_header(evhttp_request_get_output_headers(pointer), "Content-Type", contentType)
        // A client that went away meanwhile makes libevent free the request here.
        unsafe evhttp_send_reply(pointer, Int32(status), nil, buffer)
        unsafe evbuffer_free(buffer)
        server.pending -= 1
        server.freeWhenDone()
    }
}

private func webRequestArrived(_ request: OpaquePointer?, _ context: UnsafeMutableRawPointer?) {
    guard let request = unsafe request, let context = unsafe context else { return }
    unsafe Unmanaged<WebServer>.fromOpaque(context).takeUnretainedValue().arrived(request)
}
