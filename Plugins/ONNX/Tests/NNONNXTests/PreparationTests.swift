import NNLayers
import Testing

@testable import NNONNX

/// What a file says of the images that it takes, and what it does to them.
@Suite struct PreparationTests {
    typealias Filter = ImagePreparation.Filter

    private func description(_ steps: [ImagePreparation]) -> ExportDescription {
        var description = Exported.description
        description.preparation = steps
        return description
    }

    private static let brighter: @Sendable (Tensor) -> Tensor = { $0 + 1 }

    private func exported(
        _ steps: [ImagePreparation], _ exporter: ONNXExporter = ONNXExporter(includePreprocessing: true)
    ) throws -> Exported {
        let exported = try Exported(network(Self.brighter), exporter, description(steps))
        #expect(exported.problems == [])
        return exported
    }

    @Test func metadataTellsEveryStep() throws {
        var description = description([
            .resizeShorterSide(40, Filter(interpolation: "bicubic")), .centerCrop(Size(height: 32, width: 24)),
            .pad(32, isCentered: true, fill: 7), .padToMultiple(of: 16, isCentered: false, fill: 0), .grayscale,
            .exchangeRedAndBlue, .resize(Size(height: 8, width: 9), Filter(interpolation: "lanczos", antialias: false)),
            .other("{type: swirl}"),
        ])
        description.classColors = ["#010203", "#FF0000"]
        description.ignoreIndex = 255
        description.thresholds = [0.25, 0.5]
        let exported = try Exported(network(Self.brighter), ONNXExporter(), description)
        let metadata = exported.metadata
        let steps = [
            #"{"antialias":true,"interpolation":"bicubic","shorter_side":40,"step":"resize"}"#,
            #"{"size":[32,24],"step":"center_crop"}"#,
            #"{"centered":true,"fill":7,"size":[32,32],"step":"pad"}"#,
            #"{"centered":false,"divisor":16,"fill":0,"step":"pad"}"#,
            #"{"step":"grayscale"}"#, #"{"step":"to_bgr"}"#,
            #"{"antialias":false,"interpolation":"lanczos","size":[8,9],"step":"resize"}"#,
            #"{"step":"other","transform":"{type: swirl}"}"#,
        ]
        #expect(metadata["preparation"] == "[" + steps.joined(separator: ",") + "]")
        #expect(metadata["format_version"] == "1" && metadata["pixel_range"] == "[0,1]")
        #expect(metadata["channel_order"] == "bgr")
        #expect(exported.graph.input[0].docString.contains("BGR"))
        #expect(metadata["class_colors"] == ##"["#010203","#FF0000"]"## && metadata["ignore_index"] == "255")
        #expect(metadata["thresholds"] == "[0.25,0.5]" && metadata["preprocessing_included"] == "false")
        #expect(metadata["output"] == "logits" && metadata["output_function"] == "softmax")
        #expect(exported.report.notices.count == 1 && exported.report.notices[0].contains("{type: swirl}"))
    }

    /// A program that looks for the word must not find it where channels are red, green and blue.
    @Test func nothingSpeaksOfBGRWhereItIsNot() throws {
        for steps in [[], [.exchangeRedAndBlue, .exchangeRedAndBlue]] as [[ImagePreparation]] {
            let exported = try Exported(network(Self.brighter), ONNXExporter(), description(steps))
            #expect(exported.metadata["channel_order"] == "rgb")
            #expect(!exported.graph.input[0].docString.lowercased().contains("bgr"))
        }
    }

    @Test func bytesAreTakenAsTheyAre() throws {
        let exported = try exported([])
        #expect(exported.types == ["Cast", "Transpose", "Mul", "Add", "Add"])
        #expect(
            exported.report.inputs == [.init(name: "images", shape: ["batch", "image_height", "image_width", "3"])])
        #expect(exported.graph.input[0].type.tensorType.elemType == 2)
        let scale = try #require(exported.initializer("pixel_scale"))
        #expect(zip(scale, [0.2, 0.25, 0.3] as [Float]).allSatisfy { abs($0 * 255 * $1 - 1) < 1e-5 })
        let offset = try #require(exported.initializer("pixel_offset"))
        #expect(zip(offset, [-2.5, -1.6, -1] as [Float]).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(exported.metadata["preprocessing_included"] == "true")
        #expect(exported.metadata["normalization_included"] == "true")
    }

    @Test func resizingSmoothsAndRoundsAsTheTransforms() throws {
        for steps in [
            [.resize(Size(height: 32, width: 24), Filter(interpolation: "bicubic"))],
            [.resizeShorterSide(32, Filter(interpolation: "bicubic"))],
        ] as [[ImagePreparation]] {
            let exported = try exported(steps)
            #expect(exported.model.opsetImport.map(\.version) == [18])
            #expect(exported.report.format == "ONNX, opset 18")
            let resizes = exported.nodes("Resize")
            // The height before the width where that is less work, else after it.
            #expect(resizes.map { $0.ints("axes") } == [[2], [3], [2]])
            #expect(resizes.allSatisfy { $0.text("mode") == "cubic" })
            #expect(exported.count("Floor") == 3 && exported.count("Clip") == 3)
        }
        let coarse = try exported([.resize(8, Filter(interpolation: "bilinear", antialias: false))])
        #expect(coarse.nodes("Resize")[0].attribute.first { $0.name == "antialias" }?.i == 0)
        #expect(try exported([.grayscale, .exchangeRedAndBlue]).model.opsetImport.map(\.version) == [17])
    }

    /// A network of one size takes images of any size where they are resized.
    @Test func sizesOfImagesAreFreeWhereTheyAreResized() throws {
        let fixed = { (images: Tensor) in
            images.resized(to: Size(height: images.shape[1] * 2 / 3, width: images.shape[2]), method: .nearest)
        }
        let filter = Filter(interpolation: "bilinear")
        for (steps, shape) in [
            ([.resize(Size(height: 64, width: 48), filter)], ["batch", "image_height", "image_width", "3"]),
            ([.grayscale], ["batch", "64", "48", "3"]),
        ] as [([ImagePreparation], [String])] {
            let exported = try Exported(
                network(fixed), ONNXExporter(includePreprocessing: true), description(steps))
            #expect(exported.problems == [] && exported.report.inputs[0].shape == shape)
        }
    }

    @Test(arguments: [
        (
            ImagePreparation.resize(8, Filter(interpolation: "lanczos")),
            "the filter 'lanczos' of the transform 'resize'"
        ),
        (.resizeShorterSide(8, Filter(interpolation: "nearest")), "the filter 'nearest' of the transform 'resize'"),
        (.other("{type: swirl}"), "the transform {type: swirl} of 'validation_transforms' cannot be written as nodes"),
    ])
    func whatNodesCannotExpressIsRefused(_ step: ImagePreparation, _ message: String) {
        let error = #expect(throws: ONNXExportError.self) { try exported([step]) }
        #expect(error?.description.contains(message) == true && error?.description.contains("'preparation'") == true)
    }

    @Test func probabilitiesFollowTheTask() throws {
        let exporter = ONNXExporter(probabilities: true)
        let flags = try network(
            ["type": "resnet_cifar", "depth": 8], "classifier", classCount: 3, task: .multiLabel)
        let exported = try Exported(flags, exporter)
        #expect(exported.types.last == "Sigmoid" && exported.metadata["output_function"] == "sigmoid")
        #expect(exported.metadata["output"] == "probabilities")
        let numbers = try network(
            ["type": "resnet_cifar", "depth": 8], "classifier", classCount: 3, task: .regression)
        let error = #expect(throws: ONNXExportError.self) { try Exported(numbers, exporter) }
        #expect(error?.description.contains("predicts numbers, which have no probabilities") == true)
        #expect(try Exported(numbers).metadata["output_function"] == "none")
    }
}
