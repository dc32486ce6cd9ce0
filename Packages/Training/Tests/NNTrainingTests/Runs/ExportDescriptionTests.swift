import NNDatasets
import NNInference
import NNLayers
import Testing

@testable import NNTraining

@Suite struct ExportDescriptionTests {
    private func preparation(
        _ transforms: [ConfigNode], task: PredictionTask = .classification
    ) throws -> [ImagePreparation] {
        let registry = try TestExperiment.registry()
        let config = TestExperiment.config { config in
            config.data.validationTransforms = transforms.map { Component($0) }
        }
        let data = DataDescription(classNames: ["a", "b"], classColors: [Color(0x0072B2), Color(0xD55E00)])
        let description = try ExportDescription(
            name: "run", config, data, task: task, imageSize: 32, ignoreIndex: 255, registry: registry)
        #expect(description.classNames == ["a", "b"] && description.classColors == ["#0072B2", "#D55E00"])
        #expect(description.ignoreIndex == 255 && description.mean.count == 3)
        return description.preparation
    }

    private static let steps: [ConfigNode] = [
        ["type": "resize", "size": 40, "keeps_aspect_ratio": true, "interpolation": "box"],
        ["type": "center_crop", "size": [32, 24]], ["type": "pad", "divisor": 16, "centered": true, "fill": 9],
        ["type": "pad", "size": [64, 48]], ["type": "grayscale", "probability": 1], "to_bgr",
        ["type": "resize", "size": [20, 30], "antialias": false],
    ]

    @Test func stepsAreThoseOfThePredictor() throws {
        let all: [ImagePreparation] = [
            .resizeShorterSide(40, .init(interpolation: "box")), .centerCrop(Size(height: 32, width: 24)),
            .padToMultiple(of: 16, isCentered: true, fill: 9),
            .pad(Size(height: 64, width: 48), isCentered: false, fill: 0), .grayscale, .exchangeRedAndBlue,
            .resize(Size(height: 20, width: 30), .init(interpolation: "bilinear", antialias: false)),
        ]
        #expect(try preparation(Self.steps) == all)
        // The mask is that of the whole image.
        #expect(try preparation(Self.steps, task: .segmentation) == all.filter { $0.name != "center_crop" })
    }

    @Test func whatDrawsIsNamed() throws {
        let steps = try preparation([
            ["type": "gaussian_blur", "maximum_sigma": 3], ["type": "grayscale", "probability": 0],
        ])
        #expect(steps == [.other("{type: gaussian_blur, maximum_sigma: 3}")])
    }
}
