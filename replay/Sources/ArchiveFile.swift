import CommandLineTool
import Foundation
import Glibc
import Reactor
import Synchronization
import Zstandard

/// Where an archive goes or comes from: a file, or `-` for standard output or input. Blocking calls run on a thread of
/// their own, so that signals are heard while a pipe is slow.
enum ArchiveFile {
    /// What ends the name of a compressed file.
    static let compressedSuffix = ".zst"
    static let standard = "-"
    /// Bytes read at once.
    static let pieceBytes = 256 * 1024

    static func failure(_ verb: String, _ path: String) -> ToolFailure {
        ToolFailure(.failed, "\(DisplayText.printable(path)) cannot be \(verb)")
    }
}

/// Writes an archive. A file appears under its name when it is whole, readable by its owner only; until then it has
/// `.part` behind its name. What is no ordinary file, such as a pipe, is written as it is.
final class ArchiveSink: Sendable {
    private let path: String
    /// The name that the file has until it is whole; nil if there is none.
    private let partial: String?
    private let handle: FileHandle
    private let pool = BlockingPool(name: "archive", threads: 1, queueLimit: 4)
    private let state = Mutex(State())

    private struct State: ~Copyable {
        var compressor: ZstandardCompressor?
    }

    init(_ path: String) throws {
        self.path = path
        if path.hasSuffix(ArchiveFile.compressedSuffix) {
            try state.withLock { state in state.compressor = try ZstandardCompressor() }
        }
        guard path != ArchiveFile.standard else {
            handle = .standardOutput
            partial = nil
            return
        }
        let kind = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        let partial = kind == nil || kind == .typeRegular ? path + ".part" : nil
        if let partial {
            // What it holds is as secret as the database.
            _ = umask(0o077)
            try? FileManager.default.removeItem(atPath: partial)
            _ = FileManager.default.createFile(
                atPath: partial, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        guard let handle = FileHandle(forWritingAtPath: partial ?? path) else {
            throw ArchiveFile.failure("written", path)
        }
        self.partial = partial
        self.handle = handle
    }

    func write(_ bytes: [UInt8]) async throws {
        try await put(try state.withLock { state in try state.compressor?.update(bytes) } ?? bytes)
    }

    /// Ends the file, and lets it appear.
    func finish() async throws {
        try await put(try state.withLock { state in try state.compressor?.finish() } ?? [])
        pool.stop()
        guard let partial else { return }
        do {
            try handle.synchronize()
            try handle.close()
            if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
            try FileManager.default.moveItem(atPath: partial, toPath: path)
        } catch {
            throw ArchiveFile.failure("written", path)
        }
    }

    /// Removes what was begun.
    func abandon() {
        pool.stop()
        if let partial { try? FileManager.default.removeItem(atPath: partial) }
    }

    private func put(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        do {
            try await pool.run { [handle] in try handle.write(contentsOf: Data(bytes)) }
        } catch {
            throw ArchiveFile.failure("written", path)
        }
    }
}

/// Reads an archive; a compressed one is known by how it begins.
final class ArchiveSource: Sendable {
    private let path: String
    private let handle: FileHandle
    private let pool = BlockingPool(name: "archive", threads: 1, queueLimit: 4)
    private let state = Mutex(State())

    private struct State: ~Copyable {
        var isBegun = false
        var decompressor: ZstandardDecompressor?
    }

    init(_ path: String) throws {
        self.path = path
        guard path != ArchiveFile.standard else {
            handle = .standardInput
            return
        }
        guard let handle = FileHandle(forReadingAtPath: path) else { throw ArchiveFile.failure("read", path) }
        self.handle = handle
    }

    /// The next bytes, decompressed; nil at the end.
    func next() async throws -> [UInt8]? {
        while let bytes = try await read() {
            let plain = try state.withLock { state in try Self.decompressed(bytes, &state) }
            if !plain.isEmpty { return plain }
        }
        try state.withLock { state in try state.decompressor?.finish() }
        return nil
    }

    func close() { pool.stop() }

    private func read() async throws -> [UInt8]? {
        do {
            let data = try await pool.run { [handle] in try handle.read(upToCount: ArchiveFile.pieceBytes) }
            return data.flatMap { $0.isEmpty ? nil : Array($0) }
        } catch {
            throw ArchiveFile.failure("read", path)
        }
    }

    private static func decompressed(_ bytes: [UInt8], _ state: inout State) throws -> [UInt8] {
        if !state.isBegun {
            state.isBegun = true
            if bytes.starts(with: ZstandardDecompressor.magic) { state.decompressor = try ZstandardDecompressor() }
        }
        var plain: [UInt8] = []
        guard try state.decompressor?.update(bytes, { plain += $0 }) != nil else { return bytes }
        return plain
    }
}
