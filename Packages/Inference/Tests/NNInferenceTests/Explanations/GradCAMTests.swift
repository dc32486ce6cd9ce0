import NNDatasets
import NNLayers
import Testing

@testable import NNInference

@Suite struct GradCAMTests {
    private let data = DataDescription(classNames: ["cat", "dog", "bird"])
    private let pixels = Tensor.uniform([1, 8, 8, 3], in: 0..<1, key: RandomKey(seed: 5))

    private func network(_ head: any Head = MeanHead()) -> Network {
        let network = Network(TwoMaps(), head)
        network.initialize(key: RandomKey(seed: 3))
        return network
    }

    private func subject(_ task: PredictionTask = .classification, _ index: Int? = nil) -> ExplanationSubject {
        ExplanationSubject(
            task: task, index: index, shown: [Float](repeating: 1, count: 64), name: "image", data: data)
    }

    private func image(_ size: Size = Size(8)) -> Image {
        Image(size: size, channels: 3, pixels: (0..<size.area * 3).map { UInt8($0 * 37 % 251) })
    }

    /// With the mean of the last map and a linear layer, Grad-CAM is CAM (Zhou et al. 2016) divided by the number of
    /// pixels.
    @Test(arguments: [0, 1, 2]) func isTheClassActivationMapOfALinearLayer(_ index: Int) throws {
        let network = network()
        let found = try GradCAM(network: network, stage: nil, precision: .float32).map(
            of: pixels, subject(.classification, index))
        let map = network.backbone(pixels, .inference())[1].map
        let weights = try #require(network.head as? MeanHead).linear.weight.floats
        #expect(map.shape == [1, 4, 4, 5] && found.grid == Size(4))
        let values = map.floats
        let expected = (0..<16).map { pixel -> Float in
            let sum = (0..<5).reduce(Float(0)) { $0 + weights[index * 5 + $1] * values[pixel * 5 + $1] }
            return max(sum, 0) / 16
        }
        #expect(isClose(found.values, expected, tolerance: 1e-6))
        let logits = network(pixels, .inference())
        #expect(found.classIndex == index && isClose([found.score], [logits.floats[index]], tolerance: 1e-6))
        #expect(isClose([found.probability], [logits.softmax().floats[index]], tolerance: 1e-6))
    }

    /// An earlier map reaches the logits through the rest of the backbone; its weights are checked by moving the map.
    @Test func weightsOfAnEarlierStageAreThoseOfFiniteDifferences() throws {
        let network = network()
        let backbone = try #require(network.backbone as? TwoMaps)
        let step: Float = 1e-2
        func score(_ channel: Int, _ offset: Float) -> Float {
            backbone.offsets[channel] = offset
            defer { backbone.offsets[channel] = 0 }
            return network(pixels, .inference()).floats[1]
        }
        // Moving all 64 pixels of a channel gives the sum of its gradients.
        let weights = (0..<4).map { (score($0, step) - score($0, -step)) / (2 * step) / 64 }
        let map = backbone(pixels, .inference())[0].map.floats
        let expected = (0..<64).map { pixel in
            max((0..<4).reduce(Float(0)) { $0 + weights[$1] * map[pixel * 4 + $1] }, 0)
        }
        let found = try GradCAM(network: network, stage: 0, precision: .float32).map(
            of: pixels, subject(.classification, 1))
        #expect(found.grid == Size(8) && found.values.contains { $0 > 1e-4 })
        #expect(isClose(found.values.map { $0 * 64 }, expected.map { $0 * 64 }, tolerance: 0.02))
    }

    @Test func aSegmenterIsExplainedByThePixelsOfTheClass() throws {
        let network = network(PixelHead())
        let predictor = Predictor(network, data: data)
        let image = image()
        let classes = try predictor.segment(image)
        let area = try #require(classes.areas.first)
        let found = try predictor.gradCAM(of: image, stage: 0)
        #expect(found.classIndex == area.index)
        // The gradient by a map is the weight of the class at its pixels, and 0 elsewhere.
        let pixels = data.normalization.tensor(of: image)
        let map = network.backbone(pixels, .inference())[0].map.floats
        let weights = try #require(network.head as? PixelHead).linear.weight.floats
        let expected = (0..<64).map { pixel in
            max((0..<4).reduce(Float(0)) { $0 + weights[area.index * 4 + $1] * map[pixel * 4 + $1] }, 0) / 64
        }
        #expect(isClose(found.map.floats, expected, tolerance: 1e-5))
        let logits = network(pixels, .inference()).floats
        let own = classes.mask.pixels.indices.filter { Int(classes.mask.pixels[$0]) == area.index }
        let mean = own.reduce(Float(0)) { $0 + logits[$1 * 3 + area.index] } / Float(own.count)
        #expect(isClose([found.score], [mean], tolerance: 1e-5))
        // The last map is not used by this head: nothing speaks for the class.
        #expect(try predictor.gradCAM(of: image).maximum == 0)
        if let missing = (0..<3).first(where: { index in !classes.areas.contains { $0.index == index } }) {
            #expect(throws: ImageError.self) { try predictor.gradCAM(of: image, class: missing, stage: 0) }
        }
    }

    @Test func severalClassesAreExplainedByTheirLogits() throws {
        let network = network(MeanHead(task: .multiLabel))
        let predictor = Predictor(network, data: data)
        let values = try predictor.values(of: image()).outputs.map(\.value)
        let found = try predictor.gradCAM(of: image())
        #expect(found.probability == values.max() && values[found.classIndex] == found.probability)
        #expect(try predictor.gradCAM(of: image(), class: 2).className == "bird")
    }

    @Test func bfloat16FindsTheSameParts() throws {
        let network = network()
        let exact = try Predictor(network, data: data).gradCAM(of: image(), class: 1)
        let rounded = try Predictor(network, data: data, precision: .bfloat16).gradCAM(of: image(), class: 1)
        #expect(exact.maximum > 0)
        let (left, right) = (exact.map.floats, rounded.map.floats)
        #expect(isClose(left.map { $0 / exact.maximum }, right.map { $0 / exact.maximum }, tolerance: 0.03))
        #expect(abs(exact.probability - rounded.probability) < 0.02)
    }

    @Test func theNetworkStaysAsItWas() throws {
        let network = network()
        let before = network(pixels, .inference()).floats
        _ = try Predictor(network, data: data).gradCAM(of: image(), stage: 0)
        #expect(network(pixels, .inference()).floats == before)
    }
}
