import NNLayers
import NNTesting

/// Random convolutions, gradients and products by a backend, held against plain loops.
struct DifferentialSelfTest: Encodable {
    let backend: String
    var agreeing = 0
    /// Left to the next backend.
    var declined = 0
    /// What was wrong, each with all that is needed to have it again.
    var failures: [String] = []

    var passes: Bool { failures.isEmpty }

    /// Tests a backend with the same calculations on every machine, in about a second.
    init(_ backend: any Backend, count: Int = 100) {
        self.backend = backend.name
        for index in 0..<count {
            switch RandomCalculation(seed: 1, index: index, largest: 300_000).check(backend) {
            case .agrees: agreeing += 1
            case .declined: declined += 1
            case .wrong(let text): failures.append(text)
            }
        }
    }
}
