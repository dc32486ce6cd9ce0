import NNLayers
@_spi(Testing) import NNTesting
import Testing

/// Blocks that are calculated again in the backward pass give what they give without.
@Suite struct CheckpointingTests {
    private struct Step {
        var logits: [UInt8]
        var buffers: [[UInt8]]
        var gradients: [(name: String, gradient: Tensor?)]
    }

    @Test(arguments: SmallOptions.backboneNames(try CombinationTests.registry()))
    func everyNetworkLearnsTheSame(backboneName: String) throws {
        let registry = try CombinationTests.registry()
        let size = SmallOptions.imageSize(backboneName)
        for headName in registry.names(of: .head) {
            func network() throws -> Network? {
                let backbone = try registry.build(.backbone, from: SmallOptions.backbone(backboneName))
                let environment = HeadEnvironment(
                    features: backbone.features, classCount: CombinationTests.classCount, backboneName: backboneName)
                guard let head = try? registry.build(.head, from: SmallOptions.head(headName), environment) else {
                    return nil
                }
                let network = Network(backbone: backbone, head: head)
                network.initialize(key: RandomKey(seed: 0))
                return network
            }
            guard let first = try network(), let second = try network() else { continue }
            try FastBackend.run {
                let expected = step(first, imageSize: size, checkpoints: false)
                let found = step(second, imageSize: size, checkpoints: true)
                let name = "\(backboneName) with \(headName)"
                let hasSameLogits = found.logits == expected.logits
                let hasSameBuffers = found.buffers == expected.buffers
                #expect(hasSameLogits, "\(name): logits")
                #expect(hasSameBuffers, "\(name): buffers")
                for ((parameter, gradient), (_, other)) in zip(expected.gradients, found.gradients) {
                    guard let gradient else {
                        #expect(other == nil, "\(name): \(parameter)")
                        continue
                    }
                    let repeated = try #require(other, "\(name): no gradient by \(parameter)")
                    // Gradients of several branches are added in another order.
                    let difference = (repeated - gradient).abs().max().item
                    let largest = gradient.abs().max().item
                    #expect(difference <= 1e-4 * largest + 1e-7, "\(name): \(parameter) \(difference) of \(largest)")
                }
            }
        }
    }

    private func step(_ network: Network, imageSize: Size, checkpoints: Bool) -> Step {
        let images = Tensor.uniform([2, imageSize.height, imageSize.width, 3], in: 0..<1, key: RandomKey(seed: 2))
        let context = Context.training(key: RandomKey(seed: 7), checkpoints: checkpoints)
        let logits = network(images, context)
        let gradients = logits.backward(
            gradient: .normal(logits.shape, mean: 0, standardDeviation: 1, key: RandomKey(seed: 3)))
        let tree = ModuleTree(network)
        return Step(
            logits: bytes(logits), buffers: tree.buffers.map { bytes($0.buffer.wrappedValue) },
            gradients: tree.parameters.map { ($0.name, $0.parameter.gradient(in: gradients)) })
    }

    private func bytes(_ tensor: Tensor) -> [UInt8] { tensor.withUnsafeBytes { Array($0) } }
}
