import Edge
import JSONText
import WireProtocol

// What libFuzzer calls with each input. Its first byte says which reader takes the rest: L lines, H the head of a
// request over HTTP, P a PROXY header, W the frames of a WebSocket, R a request. Beside not to crash, each reader has
// to come to the same whether its bytes come at once or in pieces.

/// Runs one input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: data, count: count))
    guard let kind = bytes.first else { return 0 }
    let input = Array(bytes.dropFirst())
    switch kind {
    case UInt8(ascii: "L"): readLines(input)
    case UInt8(ascii: "H"): readHead(input)
    case UInt8(ascii: "P"): readProxyHeader(input)
    case UInt8(ascii: "W"): readFrames(input)
    default: readRequest(input)
    }
    return 0
}

/// Bytes of a line or message here, so that inputs reach the limit.
private let limit = 200

private func readLines(_ input: [UInt8]) {
    var whole = FrameDecoder(limit: limit)
    let outputs = whole.push(input)
    var cut = FrameDecoder(limit: limit)
    var pieces: [FrameDecoder.Output] = []
    for byte in input { pieces += cut.push([byte]) }
    precondition(outputs == pieces, "the lines depend on how the bytes were cut")
    precondition(whole.buffered <= limit + 1, "more is kept than a line may have")
    for case .frame(let frame) in outputs {
        precondition(!frame.isEmpty && frame.count <= limit && !frame.contains(10), "no line")
        readRequest(frame)
    }
}

private func readHead(_ input: [UInt8]) {
    var whole = HTTPHeadReader()
    let output = whole.push(input)
    var cut = HTTPHeadReader()
    var last = HTTPHeadReader.Output.more
    for byte in input where last == .more { last = cut.push([byte]) }
    switch (output, last) {
    case (.more, .more): break
    case (.head(let one, _), .head(let other, _)): precondition(one == other, "two heads of one request")
    case (.refused(let one), .refused(let other)): precondition(one == other, "two reasons for one request")
    default: preconditionFailure("the head depends on how the bytes were cut")
    }
}

private func readProxyHeader(_ input: [UInt8]) {
    guard case .header(_, let length) = ProxyHeader.read(input) else { return }
    precondition((1...input.count).contains(length), "longer than what came")
    for count in 0..<length { precondition(ProxyHeader.read(Array(input[..<count])) == .more, "read too early") }
    precondition(ProxyHeader.read(Array(input[..<length])) == ProxyHeader.read(input), "what follows counts")
}

private func readFrames(_ input: [UInt8]) {
    let whole = WebSocketCodec(messageLimit: limit)
    let events = whole.receive(input)
    let cut = WebSocketCodec(messageLimit: limit)
    let pieces = input.flatMap { cut.receive([$0]) }
    // The end may be seen sooner or later: wslay checks the text of a close frame from the third byte of each chunk on.
    precondition(
        events.filter { $0 != .ended } == pieces.filter { $0 != .ended },
        "the messages depend on how the bytes were cut")
    let close = whole.close(.normal)
    precondition(close.count >= 2 && whole.close(.normal).isEmpty, "it closes once")
    for case .text(let text) in events {
        precondition(text.count <= limit, "longer than allowed")
        precondition(String(validating: text, as: UTF8.self) != nil, "no UTF-8")
        readRequest(text)
    }
}

private func readRequest(_ input: [UInt8]) {
    if let value = try? JSONValue.parse(input) {
        let again = try? JSONValue.parse(value.encoded())
        precondition(again == value, "what was read is written otherwise")
    }
    switch RPCFrame.read(input) {
    case .batch(let elements): precondition((1...RPCFrame.maximumBatch).contains(elements.count), "no batch")
    case .single, .invalid: break
    }
}
