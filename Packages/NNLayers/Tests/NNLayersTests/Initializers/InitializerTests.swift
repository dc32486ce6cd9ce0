import Foundation
import NNLayers
import Testing

@Suite struct InitializerTests {
    let key = RandomKey(seed: 5)

    private func moments(_ values: [Float]) -> (mean: Float, variance: Float, largest: Float) {
        let mean = values.reduce(0, +) / Float(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)
        return (mean, variance, values.map(abs).max() ?? 0)
    }

    /// Fan in 27 = 3 · 3 · 3, fan out 576 = 64 · 3 · 3; the uniform ones reach at most √3 deviations.
    @Test(
        arguments: [
            (HeNormal(), 2.0 / 27, false), (HeNormal(fan: .output), 2.0 / 576, false),
            (HeNormal(fan: .input, negativeSlope: 1), 1.0 / 27, false), (HeUniform(), 2.0 / 27, true),
            (GlorotNormal(), 2.0 / 603, false), (GlorotUniform(gain: 2), 8.0 / 603, true),
            (NormalInitializer(standardDeviation: 0.3), 0.09, false), (UniformInitializer(bound: 0.3), 0.03, true),
        ] as [(any Initializer, Double, Bool)])
    func hasThePublishedVariance(initializer: any Initializer, variance: Double, isUniform: Bool) {
        // 200 keys make 345,600 values: the variance is known to about half a percent.
        let values = (0..<200).flatMap { initializer.values([64, 3, 3, 3], key: key.derived($0)).floats }
        let found = moments(values)
        let deviation = Float(variance).squareRoot()
        #expect(abs(found.mean) < 0.01 * deviation)
        #expect(abs(found.variance / Float(variance) - 1) < 0.01)
        #expect((found.largest <= deviation * 1.7321) == isUniform)
    }

    @Test func denseWeightsCountTheirInputs() {
        let values = HeNormal().values([1000, 50], key: key).floats
        #expect(abs(moments(values).variance / 0.04 - 1) < 0.03)
    }

    @Test func constants() {
        #expect(ConstantInitializer.zeros.values([2, 2], key: key).floats == [0, 0, 0, 0])
        #expect(ConstantInitializer.ones.values([2], key: key).floats == [1, 1])
        #expect(ConstantInitializer.constant(2.5).values([1], key: key).floats == [2.5])
    }

    @Test func loadedValuesAreKept() throws {
        func network() -> Sequential {
            Sequential(Linear(inputFeatures: 3, outputFeatures: 2), Linear(inputFeatures: 2, outputFeatures: 2))
        }
        let (whole, part) = (network(), network())
        whole.initialize(key: key)
        let loaded = StateDictionary([.init(name: "0.weight", tensor: .ones([2, 3]))])
        try part.load(loaded, strict: false)
        part.initialize(key: key, keepsValues: true)
        let (expected, found) = (whole.stateDictionary, part.stateDictionary)
        for name in expected.names {
            #expect(found[name]?.floats == (name == "0.weight" ? loaded : expected)[name]?.floats, "\(name)")
        }
    }

    @Test func valuesFollowFromKeyAndNameAlone() {
        func values(_ module: any Module, seed: UInt64) -> [String: [Float]] {
            module.initialize(key: RandomKey(seed: seed))
            return Dictionary(
                uniqueKeysWithValues: ModuleTree(module).parameters.map { ($0.name, $0.parameter.value.floats) })
        }
        let small = Sequential(Linear(inputFeatures: 4, outputFeatures: 4))
        let large = Sequential(Linear(inputFeatures: 4, outputFeatures: 4), Linear(inputFeatures: 4, outputFeatures: 4))
        let (one, other) = (values(small, seed: 1), values(large, seed: 1))
        #expect(one["0.weight"] == other["0.weight"])
        #expect(other["0.weight"] != other["1.weight"])
        #expect(values(small, seed: 2)["0.weight"] != one["0.weight"])
    }

    @Test func beforeInitializationOnlyShapesAreKnown() throws {
        let layer = Conv2D(inputChannels: 3, outputChannels: 8, kernel: 3)
        #expect(!layer.$weight.isInitialized)
        #expect(layer.parameterCount.trainable == 224)
        let trace = Trace()
        let output = layer(trace.input(TensorSpecification(shape: [1, 9, 9, 3])), .inference())
        try trace.check()
        #expect(output.shape == [1, 7, 7, 8])
        #expect(trace.steps.last?.constants[1]?.shape == [8, 3, 3, 3])
        layer.initialize(key: key)
        #expect(layer.$weight.isInitialized)
    }

    @Test func configurationsNameInitializers() throws {
        let registry = try Registry(plugins: [LayersPlugin()])
        let node: ConfigNode = ["type": "he_normal", "fan": "output", "negative_slope": 0.5]
        let initializer = try #require(try registry.build(.initializer, from: node) as? HeNormal)
        #expect(initializer.fan == .output && initializer.negativeSlope == 0.5)
        #expect(
            registry.names(of: .initializer) == [
                "constant", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "normal", "ones", "uniform",
                "zeros",
            ])
        #expect {
            try registry.build(.initializer, from: ["type": "he_normal", "fan": "in"])
        } throws: {
            "\($0)".hasPrefix("fan: unknown value 'in'")
        }
        #expect {
            try registry.build(.initializer, from: ["type": "uniform", "bound": -1])
        } throws: {
            "\($0)" == "bound: must be 0 or more, not -1.0"
        }
        for name in ["glorot_normal", "glorot_uniform"] {
            #expect {
                try registry.build(.initializer, from: ["type": ConfigNode(.string(name)), "gain": -1])
            } throws: {
                "\($0)" == "gain: must be 0 or more, not -1.0"
            }
        }
    }
}
