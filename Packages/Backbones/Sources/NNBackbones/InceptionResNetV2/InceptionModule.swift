import NNLayers

/// Branches that see the same input, and whose results are concatenated.
final class InceptionModule: Layer {
    @Child var branches: [any Layer]

    init(_ branches: [any Layer]) {
        _branches = Child(wrappedValue: branches, "", memberNames: branches.indices.map { "branch\($0)" })
    }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        .concatenated(branches.map { $0(input, context) }, axis: 3)
    }
}
