import Testing

/// A check that cannot fail is none: each one is shown something bad.
@Suite("The checks of the architecture")
struct CheckerTests {
    private func file(_ text: String, at path: String = "Sources/ChatDomain/Bad.swift") -> SourceFile {
        SourceFile(path: path, text: text)
    }

    @Test(arguments: [
        "import Foundation", "public import Foundation", "@preconcurrency import Foundation",
        "import struct Foundation.Date",
        "// why\nimport Foundation",
    ])
    func anImportThatTheLayerForbidsIsFound(text: String) {
        #expect(Checkers.forbiddenImports(in: file(text)).count == 1)
    }

    @Test func anImportInACommentOrStringIsNone() {
        #expect(Checkers.forbiddenImports(in: file("// import Foundation\nlet a = \"import Foundation\"")) == [])
    }

    @Test func aModuleWithoutALayerIsFound() {
        #expect(Checkers.forbiddenImports(in: file("", at: "Sources/Elsewhere/A.swift")).count == 1)
    }

    @Test func anImportOfTheStoredFormByTheClientsFormIsFound() {
        let bad = file("import EventCodec", at: "Sources/WireProtocol/A.swift")
        #expect(
            Checkers.forbiddenImports(in: bad) == [
                "Sources/WireProtocol/A.swift:1: WireProtocol may not import EventCodec"
            ])
    }

    @Test(arguments: [
        "func f()", "init()", "deinit", "subscript(i: Int) -> Int", "func f(_ g: () -> Int = { 1 }) async throws",
    ])
    func aFunctionOneLineTooLongIsFound(head: String) {
        let body = String(repeating: "    a()\n", count: 3)
        let text = "struct S {\n\(head) {\n\(body)}\n}"
        #expect(Checkers.longFunctions(in: file(text), maximum: 4).count == 1)
        #expect(Checkers.longFunctions(in: file(text), maximum: 5) == [])
    }

    @Test func aRequirementHasNoLength() {
        let text = "protocol P {\n    func f()\n    func g()\n}\nstruct S {\n\n\n\n\n\n}"
        #expect(Checkers.longFunctions(in: file(text), maximum: 2) == [])
    }

    @Test func bracesInStringsAndCommentsDoNotCount() {
        let text = "func f() {\n    a(\"}\\(b(\"}\"))}\")  // }\n    /* } /* } */ } */\n    b(#\"\\\"}\"#)\n}"
        let found = FunctionFinder(file(text).code.tokens()).functions()
        #expect(found == [FunctionFinder.Function(name: "f", line: 1, lines: 5)])
    }

    @Test func aCallOfAnotherInitializerIsNoFunction() {
        #expect(FunctionFinder(file("let a = S.init(b: { 1 })\nlet c = { 2 }").code.tokens()).functions() == [])
    }

    @Test func printIsFoundAndItsNamesakesAreNot() {
        #expect(Checkers.prints(in: file("func f() { print(1) }")).count == 1)
        #expect(Checkers.prints(in: file("func print(_ a: Int) {}\npaper.print(1)\n// print(1)\nfootprint(2)")) == [])
    }

    @Test func anUnsafeMarkIsFoundAndTheWordInACommentIsNot() {
        #expect(Checkers.isUnsafe(file("let a = unsafe b()")))
        #expect(Checkers.isUnsafe(file("nonisolated(unsafe) var a = 1")))
        let executor =
            "nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }"
        #expect(!Checkers.isUnsafe(file(executor)))
        #expect(Checkers.isUnsafe(file("\(executor)\nlet a = unsafe b()")))
        #expect(!Checkers.isUnsafe(file("// unsafe\nlet a = \"unsafe\"\nlet b: UnsafeThing")))
    }

    @Test func aFolderNamedUtilsIsFound() {
        #expect(Checkers.emptyNames(in: ["Sources/A/Utils", "Sources/Helpers", "Sources/Newsletter"]).count == 2)
    }

    @Test func filesNamedOnAPageAreFound() {
        let page = "From `Sources/A/B.swift` to `migrations/0001_log.sql`; `x/y` and `Sources/**/C.swift` are no files."
        #expect(Checkers.filesNamed(in: page) == ["Sources/A/B.swift", "migrations/0001_log.sql"])
    }

    @Test func eventsAreReadFromTablesAndSources() {
        #expect(
            Checkers.eventsNamed(in: "| event | x |\n| --- | --- |\n| `MessageSent` | `a:b` |\n") == ["MessageSent"])
        #expect(Checkers.rawValues(in: "    case messageSent = \"MessageSent\"\n    case other") == ["MessageSent"])
    }

    @Test func debianPackagesAreReadFromThePackage() {
        let line = "system(\"CPostgres\", pkgConfig: \"libpq\", package: \"libpq-dev\"),  // PostgresClient"
        #expect(Checkers.debianPackages(in: line) == ["libpq-dev"])
    }
}
