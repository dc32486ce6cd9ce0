import Foundation
import NNCore
import Testing

/// An operation with inputs, and what PyTorch makes of them; written by Tests/Fixtures/make_operations.py.
struct FixtureCase: Sendable, CustomStringConvertible {
    let name: String
    let parameters: Parameters
    private let file: SafetensorsFile

    /// How the operation is meant, as far as the case says so.
    struct Parameters: Decodable, Sendable {
        var strides: [Int]?
        /// Top, bottom, left, right.
        var padding: [Int]?
        var outputPadding: [Int]?
        var dilations: [Int]?
        var groups: Int?
        var kernel: [Int]?
        var ceilMode: Bool?
        var countsPadding: Bool?
        var training: Bool?
        var epsilon: Float?
        var activation: String?
        var labelSmoothing: Float?
        var ignoreIndex: Int?
        var outputSize: [Int]?
        var size: [Int]?
        var method: String?
        var alignsCorners: Bool?
        var axis: Int?
        var axes: [Int]?
        var keepsDimensions: Bool?
        var sizes: [Int]?
        var widths: [[Int]]?
        var value: Float?
        var permutation: [Int]?
        var range: [Int]?
        var step: Int?
        var function: String?
        var exponent: Float?
        var bounds: [Float]?
    }

    var description: String { name }

    /// The tensor of a role, such as `input` or `weight_gradient`.
    subscript(role: String) -> Tensor? { try? file.tensor(named: "\(name).\(role)") }

    /// The cases of a file whose names begin with one of `prefixes`; all without any.
    static func all(in fileName: String, _ prefixes: String...) throws -> [FixtureCase] {
        let url = try #require(
            Bundle.module.url(forResource: fileName, withExtension: "safetensors", subdirectory: "Fixtures"))
        let file = try SafetensorsFile(url)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let text = try #require(file.metadata["cases"])
        let cases = try decoder.decode([String: Parameters].self, from: Data(text.utf8))
            .filter { name, _ in prefixes.isEmpty || prefixes.contains { name.hasPrefix($0) } }
        return try #require(cases.isEmpty ? nil : cases).sorted { $0.key < $1.key }
            .map { FixtureCase(name: $0, parameters: $1, file: file) }
    }

    /// Expects `body` to give PyTorch's outputs for the case's inputs, and the pullback its gradients, on
    /// every backend.
    ///
    /// - Parameters:
    ///   - inputs: the roles that are handed over, as far as the case has them.
    ///   - body: gives the results by role, `output` among them.
    func expect(
        _ inputs: String..., tolerance: Float = 2e-5, sourceLocation: SourceLocation = #_sourceLocation,
        from body: ([String: Tensor]) -> [String: Tensor]
    ) throws {
        for backends in TestBackends.all {
            try Engine.$scoped.withValue(backends) {
                try expectOnce(
                    inputs, on: backends[0].name, tolerance: tolerance, sourceLocation: sourceLocation, from: body)
            }
        }
    }

    private func expectOnce(
        _ inputs: [String], on backend: String, tolerance: Float, sourceLocation: SourceLocation,
        from body: ([String: Tensor]) -> [String: Tensor]
    ) throws {
        let name = "\(name) on \(backend)"
        var variables: [String: Tensor] = [:]
        for role in inputs {
            guard let value = self[role] else { continue }
            variables[role] = self["\(role)_gradient"] == nil ? value : value.requiringGradient()
        }
        let results = body(variables)
        // In the same order on any number of threads, as runs are compared by it.
        for (role, result) in results.sorted(by: { $0.key < $1.key }) {
            let expected = try #require(self[role], "\(name).\(role)", sourceLocation: sourceLocation)
            expectClose(result, expected, tolerance: tolerance, "\(name).\(role)", sourceLocation: sourceLocation)
        }
        let output = try #require(results["output"], sourceLocation: sourceLocation)
        let outputGradient: Tensor = try #require(self["output_gradient"], sourceLocation: sourceLocation)
        let gradients = output.backward(gradient: outputGradient)
        for (role, variable) in variables.sorted(by: { $0.key < $1.key }) where variable.isTracked {
            let gradient = try #require(gradients[variable], "\(name).\(role)", sourceLocation: sourceLocation)
            expectClose(
                gradient, self["\(role)_gradient"]!, tolerance: tolerance, "\(name).\(role)_gradient",
                sourceLocation: sourceLocation)
        }
    }
}

extension Size {
    init?(_ values: [Int]?) {
        guard let values else { return nil }
        self.init(height: values[0], width: values[1])
    }
}

extension EdgeInsets {
    init?(_ values: [Int]?) {
        guard let values else { return nil }
        self.init(top: values[0], bottom: values[1], left: values[2], right: values[3])
    }
}

extension Activation {
    /// The function that the script calls so.
    init(fixtureName name: String) {
        let activations: [String: Activation] = [
            "identity": .identity, "relu": .relu, "leakyReLU": .leakyReLU(slope: 0.1), "mish": .mish, "silu": .silu,
            "gelu": .gelu, "sigmoid": .sigmoid, "tanh": .tanh, "softplus": .softplus, "hardSwish": .hardSwish,
            "relu6": .relu6,
        ]
        self = activations[name]!
    }
}
