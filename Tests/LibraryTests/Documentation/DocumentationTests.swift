import Foundation
import Testing

/// The Swift code of the reference and of the README is code of a test or of an example, so that it compiles.
@Suite struct DocumentationTests {
    private static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "../../..").standardizedFileURL

    /// The README and every page of a catalog.
    private static let pages =
        ["README.md"]
        + files(in: "Documentation") { $0.hasSuffix(".md") }
        + files(in: "Packages") { $0.contains(".docc/") && $0.hasSuffix(".md") }
        + files(in: "Plugins") { $0.contains(".docc/") && $0.hasSuffix(".md") }

    /// Paths from the root, of packages' files without those of a build.
    private static func files(in folder: String, where isWanted: (String) -> Bool) -> [String] {
        let paths = FileManager.default.enumerator(atPath: root.appending(path: folder).path) ?? .init()
        return paths.compactMap { $0 as? String }.map { "\(folder)/\($0)" }
            .filter { isWanted($0) && !$0.contains("/.build/") }.sorted()
    }

    /// Code whose white space, in which pages and sources differ, and whose imports are apart.
    private struct Code {
        let imports: Set<Substring>
        let text: String

        init(_ text: String) {
            let lines = text.split(separator: "\n")
            imports = Set(lines.filter { $0.hasPrefix("import ") })
            let rest = lines.filter { !$0.hasPrefix("import ") }.joined()
            self.text = String(decoding: rest.utf8.filter { $0 > 32 }, as: UTF8.self)
        }

        func contains(_ snippet: Code) -> Bool {
            text.contains(snippet.text) && imports.isSuperset(of: snippet.imports)
        }
    }

    @Test func everySnippetIsCompiled() throws {
        let sources = try
            (Self.files(in: "Tests/LibraryTests") { $0.hasSuffix(".swift") }
            + Self.files(in: "Packages/NNTesting/Tests") { $0.hasSuffix(".swift") }
            + Self.files(in: "Examples") { $0.hasSuffix("main.swift") || $0.hasSuffix("Package.swift") })
            .map { Code(try String(contentsOf: Self.root.appending(path: $0), encoding: .utf8)) }
        var count = 0
        for page in Self.pages {
            let text = try String(contentsOf: Self.root.appending(path: page), encoding: .utf8)
            for part in text.components(separatedBy: "```swift\n").dropFirst() {
                let snippet = part.components(separatedBy: "```")[0]
                count += 1
                let code = Code(snippet)
                #expect(sources.contains { $0.contains(code) }, "\(page) has code that is not compiled:\n\(snippet)")
            }
        }
        #expect(count > 30)
    }
}
