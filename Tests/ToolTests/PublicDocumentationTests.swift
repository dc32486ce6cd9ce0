import Foundation
import Testing

/// Every public declaration of the products has a documentation comment.
///
/// The declarations are those of the symbol graphs of the built modules. What the compiler derives and what is
/// `@_spi` is not among them, and what implements a requirement of a protocol has its comment.
@Suite struct PublicDocumentationTests {
    /// What is needed of a symbol graph.
    private struct Graph: Decodable {
        struct Symbol: Decodable {
            struct Identifier: Decodable { let precise: String }
            struct Kind: Decodable { let identifier: String }
            struct Location: Decodable {
                struct Position: Decodable { let line: Int }
                let uri: String
                let position: Position
            }
            /// Of the comment only whether there is one.
            struct Comment: Decodable {}

            let identifier: Identifier
            let kind: Kind
            let pathComponents: [String]
            let docComment: Comment?
            /// Nil for what the compiler derives, such as `init(from:)`.
            let location: Location?
        }
        let symbols: [Symbol]
    }

    @Test func everyPublicDeclarationIsDocumented() throws {
        let output = try WorkFolder()
        let script = NNTool.repository.appending(path: "Scripts/symbol-graphs")
        let build = NNTool.url.deletingLastPathComponent().path
        let outcome = try NNTool.shell(
            "BUILD='\(build)' '\(script.path)' '\(output.url.path)'", in: NNTool.repository)
        // Debian's toolchain does not have the tool.
        if outcome.exitCode == 77 { return print("Documentation comments were not checked: \(outcome.errors)") }
        try #require(outcome.exitCode == 0, "\(outcome.errors)")

        let modules = outcome.output.split(separator: "\n")
        #expect(modules.contains("NNCore") && modules.contains("NNTool"))
        for module in modules {
            let folder = output.url.appending(path: String(module))
            var symbols: [String: Graph.Symbol] = [:]
            for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
                for symbol in try JSONDecoder().decode(Graph.self, from: Data(contentsOf: file)).symbols {
                    symbols[symbol.identifier.precise] = symbol
                }
            }
            #expect(!symbols.isEmpty, "\(module) has no public declarations")
            let missing = symbols.values.compactMap { symbol -> String? in
                // An extension is a heading of the site; its members are symbols of their own.
                guard symbol.docComment == nil, symbol.kind.identifier != "swift.extension",
                    let location = symbol.location
                else { return nil }
                let path = location.uri.replacing("file://", with: "").replacing("\(NNTool.repository.path)/", with: "")
                return "\(path):\(location.position.line + 1): \(symbol.pathComponents.joined(separator: "."))"
            }
            #expect(missing.isEmpty, "without a documentation comment:\n\(missing.sorted().joined(separator: "\n"))")
        }
    }
}
