import NNBackbones
import NNDatasets
import NNHeads
import NNInference
import NNLayers
import Testing

/// Grad-CAM of whole networks against finite differences of what their heads say.
@Suite struct ExplanationTests {
    private let backbone = ResNetCifar(depth: 8)
    private let data = DataDescription(classNames: ["cat", "dog", "bird", "frog"])
    private let image = Image(
        size: Size(32), channels: 3,
        pixels: (0..<3072).map { index in
            let (row, column) = (index / 96, index / 3 % 32)
            return UInt8((row * row + 5 * column * (index % 3 + 1)) % 256)
        })

    private func network(_ head: any Head) -> Network {
        let network = Network(backbone, head)
        network.initialize(key: RandomKey(seed: 4))
        return network
    }

    /// The map by the definition: each channel is moved up and down as a whole, which gives the sum of its gradients.
    private func expectedMap(_ network: Network, score: (Tensor) -> Float) -> [Float] {
        let images = data.normalization.tensor(of: image)
        let features = network.backbone.features(of: images, .inference())
        let map = features[2].map
        let (channels, area) = (map.shape[3], map.shape[1] * map.shape[2])
        let step: Float = 1e-2
        func scoreMoving(_ channel: Int, by change: Float) -> Float {
            var moved = features
            moved[2].map = map + Tensor((0..<channels).map { $0 == channel ? change : 0 })
            return score(network.head(moved, imageSize: Size(32), .inference()))
        }
        let weights = (0..<channels).map { channel in
            (scoreMoving(channel, by: step) - scoreMoving(channel, by: -step)) / (2 * step) / Float(area)
        }
        let sum = (map * Tensor(weights)).sum(axes: [3], keepsDimensions: true)
        return sum.activated(by: .relu).resized(to: Size(32), method: .bilinear()).floats
    }

    private func check(_ found: Explanation, _ expected: [Float]) {
        let largest = expected.max() ?? 0
        #expect(largest > 0 && found.size == Size(32))
        for (value, wanted) in zip(found.map.floats, expected) { #expect(abs(value - wanted) < 0.01 * largest) }
    }

    @Test(arguments: [0, 3]) func aClassifier(_ index: Int) throws {
        let network = network(Classifier(features: backbone.features, classes: 4))
        let found = try Predictor(network, data: data).gradCAM(of: image, class: index)
        check(found, expectedMap(network) { $0.floats[index] })
    }

    @Test func aSegmenter() throws {
        let network = network(FCN(features: backbone.features, classes: 4, stride: 4, width: 8))
        let predictor = Predictor(network, data: data)
        let segmentation = try predictor.segment(image)
        let area = try #require(segmentation.areas.first)
        let found = try predictor.gradCAM(of: image)
        #expect(found.classIndex == area.index)
        let own = segmentation.mask.pixels.indices.filter { Int(segmentation.mask.pixels[$0]) == area.index }
        check(
            found,
            expectedMap(network) { logits in
                let values = logits.floats
                return own.reduce(Float(0)) { $0 + values[$1 * 4 + area.index] } / Float(own.count)
            })
    }

    /// Stages before the last one reach the logits through the rest of the backbone.
    @Test(arguments: Precision.allCases) func everyStage(_ precision: Precision) throws {
        let network = network(Classifier(features: backbone.features, classes: 4))
        let predictor = Predictor(network, data: data, precision: precision)
        for stage in backbone.features.indices {
            let found = try predictor.gradCAM(of: image, class: 1, stage: stage)
            #expect(found.maximum > 0 && found.map.floats.allSatisfy { $0.isFinite && $0 >= 0 })
        }
    }
}
