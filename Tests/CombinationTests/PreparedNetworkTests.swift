import NNLayers
@_spi(Testing) import NNTesting
import Testing

/// Prepared networks give the bits of the networks themselves, whatever they are made of.
@Suite struct PreparedCombinationTests {
    @Test(arguments: SmallOptions.backboneNames(try CombinationTests.registry()))
    func everyHeadGivesTheSameBits(backboneName: String) throws {
        let registry = try CombinationTests.registry()
        let backbone = try registry.build(.backbone, from: SmallOptions.backbone(backboneName))
        backbone.initialize(key: RandomKey(seed: 0))
        let size = SmallOptions.imageSize(backboneName)
        for headName in registry.names(of: .head) {
            let environment = HeadEnvironment(
                features: backbone.features, classCount: CombinationTests.classCount, backboneName: backboneName)
            guard let head = try? registry.build(.head, from: SmallOptions.head(headName), environment) else {
                continue
            }
            head.initialize(key: RandomKey(seed: 1))
            let network = Network(backbone: backbone, head: head)
            let prepared = network.prepared()
            FastBackend.run {
                for precision in [Precision.float32, .bfloat16] {
                    for seed in 0..<2 {
                        let key = RandomKey(seed: UInt64(seed))
                        let images = Tensor.uniform([2, size.height, size.width, 3], in: 0..<1, key: key)
                        let (expected, found) = withoutGradients {
                            let context = Context.inference(precision: precision)
                            return (network(images, context), prepared(images, context))
                        }
                        let isSame = bytes(expected) == bytes(found)
                        #expect(isSame, "\(backboneName) with \(headName), \(precision.rawValue), images \(seed)")
                    }
                }
            }
        }
    }

    private func bytes(_ tensor: Tensor) -> [UInt8] { tensor.withUnsafeBytes { Array($0) } }
}
