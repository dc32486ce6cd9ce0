import NNDatasets
import NNLayers
import NNPluginTesting
import Testing

@Suite struct SamplerConformanceTests {
    private static let cases: [String: (isRandom: Bool, visitsAll: Bool)] = [
        "sequential": (false, true), "shuffle": (true, true), "balanced": (true, false), "rare_classes": (true, false),
    ]

    @Test func everySamplerConforms() throws {
        let registry = try Registry(plugins: [DatasetsPlugin()])
        #expect(registry.names(of: .sampler) == Self.cases.keys.sorted())
        let dataset = Shapes(task: .segmentation, size: 16, count: 30)
        for (name, expected) in Self.cases {
            let sampler = try registry.build(
                .sampler, from: ConfigNode(.string(name)), SamplerEnvironment(dataset: dataset))
            try checkSampler(
                sampler, count: dataset.count, isRandom: expected.isRandom, visitsAll: expected.visitsAll)
        }
    }

    private struct Planted: Sampler {
        let order: @Sendable (_ epoch: Int, _ key: RandomKey) -> [Int]
        func order(epoch: Int, key: RandomKey) -> [Int] { order(epoch, key) }
    }

    @Test func plantedFaultsAreFound() throws {
        func expect(
            _ text: String, isRandom: Bool = true, visitsAll: Bool = false,
            _ order: @escaping @Sendable (_ epoch: Int, _ key: RandomKey) -> [Int]
        ) throws {
            try expectFinding(text) {
                try checkSampler(Planted(order: order), count: 9, isRandom: isRandom, visitsAll: visitsAll)
            }
        }
        try expect("epoch 0: there are no samples [9] of 9") { _, _ in Array(1...9) }
        try expect("epoch 1 has 8 samples, the first epoch 9") { epoch, _ in Array(0..<9 - epoch) }
        try expect("several epochs have the same order") { _, key in key.permutation(9) }
        try expect("another key gives the same order") { epoch, _ in RandomKey(seed: 1).derived(epoch).permutation(9) }
        try expect("another key gives another order", isRandom: false) { _, key in key.permutation(9) }
        try expect("is another one when it is asked for again") { _, _ in (0..<9).shuffled() }
        try expect("epoch 0 does not visit each sample once", visitsAll: true) { epoch, key in
            key.derived(epoch).permutation(9).map { $0 / 2 }
        }
    }
}
