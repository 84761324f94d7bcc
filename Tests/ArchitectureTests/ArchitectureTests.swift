import Testing

/// What the house promises about its own code.
@Suite("Architecture")
struct ArchitectureTests {
    @Test func theSourcesAreFound() {
        #expect(SourceTree.product.count > 50)
        #expect(SourceTree.folders.contains("Sources/ChatDomain"))
    }

    @Test func everyImportIsAllowedByItsLayer() {
        #expect(SourceTree.product.flatMap { Checkers.forbiddenImports(in: $0) } == [])
    }

    @Test func noModuleMayImportTwoThatMustStayApart() {
        for (pair, reason) in LayerRules.neverTogether {
            for name in pair {
                let other = pair.subtracting([name])
                #expect(LayerRules.allowed[name]?.isDisjoint(with: other) == true, "\(name) and \(other): \(reason)")
            }
        }
    }

    @Test func onlyProgramsAndTheirToolsMayUseFoundation() {
        let users = LayerRules.allowed.filter { $0.value.contains("Foundation") }.keys
        #expect(Set(users) == LayerRules.printing)
    }

    @Test func noFunctionIsTooLong() {
        #expect(SourceTree.product.flatMap { Checkers.longFunctions(in: $0) } == [])
    }

    @Test func onlyProgramsAndTheirToolsPrint() {
        let others = SourceTree.product.filter { !LayerRules.printing.contains($0.module) }
        #expect(others.flatMap(Checkers.prints(in:)) == [])
    }

    @Test func unsafeCodeStandsOnlyInTheFilesMadeForIt() {
        let found = Set(SourceTree.product.filter(Checkers.isUnsafe).map(\.path))
        #expect(found.subtracting(LayerRules.unsafeFiles) == [], "unsafe code in a file that is not listed")
        #expect(LayerRules.unsafeFiles.subtracting(found) == [], "listed, but not there or not unsafe")
    }

    @Test func noFolderHasANameThatSaysNothing() {
        #expect(Checkers.emptyNames(in: SourceTree.folders) == [])
    }

    @Test func everyFileNamedOnAPageExists() throws {
        #expect(SourceTree.pages.contains("docs/message-path.md"))
        for page in SourceTree.pages {
            let named = Checkers.filesNamed(in: try SourceTree.text(of: page))
            #expect(named.filter { !SourceTree.exists($0) } == [], "\(page)")
        }
    }

    @Test func theMessagePathNamesFilesAllAlong() throws {
        let steps = try SourceTree.text(of: "docs/message-path.md").split(separator: "\n").filter {
            $0.first?.isNumber == true
        }
        #expect(steps.count > 5)
        #expect(steps.filter { Checkers.filesNamed(in: String($0)).isEmpty } == [])
    }

    @Test func everyEventIsDocumentedAndEveryDocumentedEventExists() throws {
        let documented = Checkers.eventsNamed(in: try SourceTree.text(of: "docs/events.md"))
        let declared = Checkers.rawValues(in: try SourceTree.text(of: "Sources/ChatDomain/Events/ChatEvent.swift"))
        #expect(!declared.isEmpty)
        #expect(Set(documented) == Set(declared))
        #expect(documented.count == Set(documented).count)
    }

    @Test func everySystemLibraryIsInstalledByTheScriptsAndInTheImage() throws {
        let needed = Checkers.debianPackages(in: try SourceTree.text(of: "Package.swift"))
        #expect(needed.contains("libpq-dev"))
        for list in ["scripts/packages.list", "Dockerfile"] {
            let words = Set(try SourceTree.text(of: list).split(whereSeparator: \.isWhitespace).map(String.init))
            #expect(needed.subtracting(words) == [], "\(list)")
        }
    }
}
