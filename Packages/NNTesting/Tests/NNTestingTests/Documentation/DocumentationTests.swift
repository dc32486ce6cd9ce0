import Foundation
import NNLayers
import NNTesting
import Testing

/// The code of the documentation catalogs is code of these tests, or of the example plugin, so that it compiles and runs.
@Suite struct DocumentationTests {
    private static let folder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    private static let root = folder.appending(path: "../../../../..").standardized

    static let articles = [
        "NNLayers/Sources/NNLayers/NNLayers.docc/NNLayers.md",
        "NNLayers/Sources/NNLayers/NNLayers.docc/CustomLayer.md",
        "NNLayers/Sources/NNLayers/NNLayers.docc/WritingAPlugin.md",
        "NNTesting/Sources/NNTesting/NNTesting.docc/NNTesting.md",
    ]

    @Test(arguments: articles) func everySnippetIsCompiled(article: String) throws {
        let text = try String(contentsOf: Self.root.appending(path: "Packages/\(article)"), encoding: .utf8)
        let snippets = text.components(separatedBy: "```swift\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
        #expect(!snippets.isEmpty)
        let tool = Self.root.appending(path: "Examples/SwishPlugin/Sources/nn-swish")
        let backends = Self.folder.appending(path: "../Backends")
        let sources = try [Self.folder, backends, tool].flatMap {
            try FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil)
        }.filter { $0.pathExtension == "swift" }.map { Self.code(try String(contentsOf: $0, encoding: .utf8)) }
        for snippet in snippets {
            let code = Self.code(snippet)
            #expect(sources.contains { $0.contains(code) }, "not compiled anywhere:\n\(snippet)")
        }
    }

    /// The code without imports and white space, in which the formatting of articles and sources differs.
    private static func code(_ text: String) -> String {
        text.split(separator: "\n").filter { !$0.hasPrefix("import ") }.joined().filter { !$0.isWhitespace }
    }

    @Test func layersOverview() throws {
        let (points, labels, step) = (Tensor.ones([4, 2]), Tensor([0, 1, 0, 1] as [Int32]), 1)
        let network = Sequential(
            Linear(inputFeatures: 2, outputFeatures: 64), ActivationLayer(.tanh),
            Linear(inputFeatures: 64, outputFeatures: 2))
        network.initialize(key: RandomKey(seed: 1))

        let logits = network(points, .training(key: RandomKey(seed: 1).derived(step)))
        let gradients = logits.softmaxCrossEntropy(labels: labels).backward()
        #expect(network.parameters.allSatisfy { $0.parameter.gradient(in: gradients) != nil })

        let registry = try Registry(plugins: [LayersPlugin()])
        let makeActivation = try registry.build(.activation, from: ["type": "leaky_relu", "slope": 0.1])
        #expect((makeActivation() as? ActivationLayer)?.activation == .leakyReLU(slope: 0.1))
    }

    @Test func gradientOverview() throws {
        let (x, y) = (Tensor([0.5, -1.5, 2] as [Float]), Tensor([1.25, 0.25, -0.75] as [Float]))
        try checkGradient(at: x, y) { $0[0] * $0[1].sigmoid() }
    }

    @Test func scaleConforms() throws { try checkLayer(Scale(channels: 3), input: [2, 5, 7, 3]) }
}

/// The example of ``Module``.
final class Scale: Layer {
    @Parameter var weight: Tensor

    init(channels: Int) { weight = .ones([channels]) }

    func forward(_ input: Tensor, context: Context) -> Tensor { input * weight.cast(to: input.dataType) }
}
