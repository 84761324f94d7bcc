import ChatTestKit
import JSONText
import Testing

@testable import ChatBenchKit

/// The program over a real database.
@Suite("chat-bench replay")
struct ReplayBenchTests {
    @Test func aMadeLogIsRebuiltAndVerifiesWithoutADifference() throws {
        let database = try PrivatePostgres.shared().freshDatabase()
        let run = try ProgramRun(
            "chat-bench",
            ["replay", "--database", database, "--events", "3000", "--rebuild", "all", "--verify", "--json"])
        #expect(run.status == 0, "\(run.output)")
        #expect(run.output.contains("0 differences") && !run.output.contains("1 differences"))
        let figures = try run.jsonLines.map { try JSONValue.parse(Array($0.utf8)) }
        #expect(figures.map { $0["what"]?.stringValue } == ["rebuild all", "verify"])
        for figure in figures { #expect((figure["peakBytes"]?.intValue ?? 0) > 1_000_000) }
        #expect(figures.first?["events"]?.intValue == 3000)
    }

    @Test func aLogThatIsThereIsNeitherMadeAnewNorTouched() throws {
        let server = try PrivatePostgres.shared()
        let database = try server.freshDatabase()
        let making = ["replay", "--database", database, "--events", "500", "--generate-only"]
        #expect(try ProgramRun("chat-bench", making).status == 0)
        let name = database.split(separator: "dbname=").last.map(String.init) ?? ""
        let digest = "select md5(string_agg(e::text, ',' order by position)) from chat_log.events e"
        let before = try server.run(sql: digest, database: name)
        let second = try ProgramRun("chat-bench", making)
        #expect(second.status == 3 && second.output.contains("has a log already"), "\(second.output)")
        #expect(try server.run(sql: digest, database: name) == before)
    }

    @Test func mistakesInTheCommandLineEndWithTwo() throws {
        let database = ["--database", "host=/nowhere"]
        #expect(try ProgramRun("chat-bench", ["replay"] + database + ["--events", "10"]).status == 2)
        #expect(try ProgramRun("chat-bench", ["replay"] + database + ["--rebuild", "users"]).status == 2)
        #expect(
            try ProgramRun("chat-bench", ["replay"] + database + ["--generate-only", "--measure-only"]).status == 2)
        #expect(try ProgramRun("chat-bench", ["replay"] + database + ["--generate-only"]).status == 3)
    }

    @Test func thePeakOfTheMemoryIsReadFromTheKernelsLine() {
        let status = "Name:\tchat-replay\nVmPeak:\t  900 kB\nVmHWM:\t   12345 kB\nVmRSS:\t 8 kB\n"
        #expect(ProcessMemory.parse(status: status) == 12_345 * 1024)
        #expect(ProcessMemory.parse(status: "Name:\tx\n") == nil)
    }
}
