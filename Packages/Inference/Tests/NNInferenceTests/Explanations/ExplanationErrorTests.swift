import NNDatasets
import NNLayers
import Testing

@testable import NNInference

/// What cannot be explained is refused by a message that says why.
@Suite struct ExplanationErrorTests {
    private let data = DataDescription(classNames: ["cat", "dog", "bird"])
    private let image = Image(size: Size(12), channels: 3, filledWith: 90)

    private func network(_ head: any Head = MeanHead()) -> Network {
        let network = Network(TwoMaps(), head)
        network.initialize(key: RandomKey(seed: 3))
        return network
    }

    private func problem(
        _ predictor: Predictor, _ index: Int? = nil, _ method: ExplanationMethod = .gradCAM()
    ) -> String {
        do throws(OptionError) {
            try predictor.checkExplanation(class: index, by: method)
            return ""
        } catch {
            return "\(error.option): \(error.message)"
        }
    }

    @Test func optionsAreChecked() throws {
        let predictor = Predictor(network(), data: data)
        #expect(problem(predictor) == "" && problem(predictor, 2, .occlusion(patch: 8, stride: 8)) == "")
        #expect(problem(predictor, 3).contains("class: must be from 0 to 2, not 3"))
        #expect(problem(predictor, -1).contains("class"))
        #expect(
            problem(predictor, nil, .gradCAM(stage: 2))
                == "stage: must be one of the backbone's: 0 (4 channels, stride 1), 1 (5 channels, stride 2), not 2")
        #expect(problem(predictor, nil, .occlusion(patch: 0)).contains("patch"))
        #expect(problem(predictor, nil, .occlusion(patch: 4, stride: 5)).contains("stride"))
        let numbers = Predictor(network(MeanHead(task: .regression)), data: data)
        #expect(problem(numbers).contains("regression, which predicts numbers"))
        let other = Predictor(Sequential(GlobalAveragePool()), task: .classification, data: data)
        #expect(problem(other).contains("occlusion") && problem(other, nil, .occlusion()) == "")
    }

    @Test func quantizedNetworksHaveNoGradients() throws {
        let network = network()
        try network.quantize(calibratedOn: [Tensor.uniform([2, 12, 12, 3], in: 0..<1, key: RandomKey(seed: 1))])
        let predictor = Predictor(network, data: data)
        #expect(problem(predictor).contains("a quantized network has none"))
        #expect(try predictor.occlusion(of: image).size == Size(12))
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch { return "\(error)" }
    }

    @Test func imagesAreChecked() throws {
        let predictor = Predictor(network(), data: data)
        #expect(
            message { _ = try predictor.occlusion(of: image, patch: 13) }.contains("larger than the transformed image"))
        let pixel = Image(size: Size(2), channels: 3, filledWith: 90)
        let small = message { _ = try predictor.gradCAM(of: pixel, name: "dot.png") }
        #expect(small.contains("dot.png: the feature map of stage 1 has one pixel") && small.contains("from 0 to 0"))
        let grey = Image(size: Size(12), channels: 1, filledWith: 90)
        #expect(message { _ = try predictor.gradCAM(of: grey) }.contains("1 channels"))
    }

    @Test func logitsMustBeFinite() throws {
        let network = network()
        (network.head as? MeanHead)?.linear.weight = Tensor([Float](repeating: .nan, count: 15), shape: [3, 5])
        let predictor = Predictor(network, data: data)
        for method in [ExplanationMethod.gradCAM(), .occlusion()] {
            #expect(message { _ = try predictor.explain(image, by: method) }.contains("not finite"))
        }
    }
}
