import CommandLineTool
import Foundation
import Glibc
import Telemetry

/// What every process that Prometheus watches shows of itself, under the names that its own libraries use. Read from
/// `/proc/self` (proc(5)) when the page is made.
enum ProcessMetrics {
    static func register(_ registry: MetricsRegistry) {
        registry.gauge(
            "parley_build_info", help: "1, with the version of the program.",
            labels: ["version": Program.productVersion]
        ) { 1 }
        registry.counter("process_cpu_seconds_total", help: "Time on the processor, of user and system.") {
            Double(ticks(in: 13) + ticks(in: 14)) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
        registry.gauge("process_resident_memory_bytes", help: "Memory that is held, in bytes.") {
            Double(ticks(in: 23) * sysconf(Int32(_SC_PAGESIZE)))
        }
        registry.gauge("process_open_fds", help: "Open file descriptors.") {
            Double((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0)
        }
        let most = mostDescriptors
        registry.gauge("process_max_fds", help: "File descriptors that may be open.") { most }
        let started = Date().timeIntervalSince1970
        registry.gauge("process_start_time_seconds", help: "When it started, in seconds since 1970 UTC.") { started }
    }

    /// A field of `/proc/self/stat`, counted from 0; the second, which may hold anything, ends at the last bracket.
    static func ticks(in field: Int, of stat: String? = nil) -> Int {
        guard let stat = stat ?? (try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8)),
            let end = stat.lastIndex(of: ")")
        else { return 0 }
        let fields = stat[end...].split(separator: " ")
        return field - 1 < fields.count ? Int(fields[field - 1]) ?? 0 : 0
    }

    private static var mostDescriptors: Double {
        let lines = (try? String(contentsOfFile: "/proc/self/limits", encoding: .utf8))?.split(separator: "\n") ?? []
        let words = lines.first { $0.hasPrefix("Max open files") }?.split(separator: " ") ?? []
        return words.count > 3 ? Double(words[3]) ?? .infinity : 0
    }
}
