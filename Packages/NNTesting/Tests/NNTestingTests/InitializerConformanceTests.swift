import Foundation
import NNLayers
import NNTesting
import Testing

@Suite struct InitializerConformanceTests {
    @Test func builtInInitializersConform() throws {
        try checkInitializer(.heNormal) { (2 / Double($0.dropFirst().reduce(1, *))).squareRoot() }
        try checkInitializer(.heUniform) { (2 / Double($0.dropFirst().reduce(1, *))).squareRoot() }
        try checkInitializer(.glorotNormal)
        try checkInitializer(.glorotUniform)
        try checkInitializer(NormalInitializer(standardDeviation: 0.3)) { _ in 0.3 }
        try checkInitializer(.zeros, isRandom: false)
        try checkInitializer(.ones, isRandom: false)
    }

    private struct Planted: Initializer {
        let make: @Sendable (Shape, RandomKey) -> Tensor
        func values(_ shape: Shape, key: RandomKey) -> Tensor { make(shape, key) }
    }

    @Test(arguments: [
        ("another key gives the same values", Planted { shape, _ in .normal(shape, key: RandomKey(seed: 0)) }),
        ("it gives float32[40]", Planted { shape, key in .normal([shape[0]], key: key) }),
        ("are not finite", Planted { shape, key in .normal(shape, key: key).log() }),
        ("the standard deviation of a weight", Planted { shape, key in .normal(shape, key: key) * 2 }),
    ])
    private func findsPlantedFaults(_ text: String, _ planted: Planted) throws {
        let failure = #expect(throws: CheckFailure.self) {
            try checkInitializer(planted, standardDeviation: { _ in 1 })
        }
        #expect(failure?.description.contains(text) == true, "\(failure?.description ?? "")")
    }
}
