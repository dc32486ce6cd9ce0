import NNLayers
import Testing

@testable import NNONNX

/// The file of a ResNet with a classifier.
@Suite struct ClassifierExportTests {
    static let cifar: ConfigNode = ["type": "resnet_cifar", "depth": 8]

    @Test func takesImagesOfAnySize() throws {
        let exported = try Exported(network(Self.cifar, "classifier"))
        #expect(exported.problems == [])
        #expect(exported.report.inputs == [.init(name: "images", shape: ["batch", "3", "height", "width"])])
        #expect(exported.report.outputs == [.init(name: "logits", shape: ["batch", "2"])])
        #expect(exported.report.notices == [])
        #expect(exported.graph.input[0].type.tensorType.elemType == 1)
    }

    @Test(arguments: [["type": "resnet", "depth": 18], ["type": "resnet", "depth": 50], cifar] as [ConfigNode])
    func aResNetIsConvolutionsAndLittleElse(backbone: ConfigNode) throws {
        let exported = try Exported(network(backbone, "classifier"))
        #expect(exported.problems == [])
        let known: Set = ["Conv", "Relu", "Add", "MaxPool", "GlobalAveragePool", "Flatten", "Gemm", "Slice", "Pad"]
        #expect(Set(exported.types).subtracting(known) == [])
        #expect(exported.count("Gemm") == 1)
    }

    @Test func foldsNormalizationsIntoConvolutions() throws {
        let made = try network(Self.cifar, "classifier")
        let tree = ModuleTree(made)
        for (name, buffer) in tree.buffers where name.hasSuffix("running_var") {
            buffer.wrappedValue = .full(buffer.wrappedValue.shape, value: 3)
        }
        let folded = try Exported(made)
        #expect(folded.count("BatchNormalization") == 0)
        let name = try #require(folded.nodes("Conv").first?.input[1])
        let weight = try #require(tree.parameters.first { $0.name == name }).parameter.value.floats
        let written = try #require(folded.initializer(name))
        for (value, original) in zip(written, weight) {
            #expect(abs(value - original / Float(3.00001).squareRoot()) < 1e-5)
        }
        #expect(folded.nodes("Conv").allSatisfy { $0.input.count == 3 })

        let plain = try Exported(made, ONNXExporter(foldBatchNorm: false))
        #expect(plain.problems == [])
        #expect(plain.count("BatchNormalization") == plain.count("Conv"))
        #expect(plain.initializer(name) == weight)
        #expect(Set(plain.graph.initializer.map(\.name)).isSuperset(of: tree.parameters.map(\.name)))
    }

    @Test func namesWeightsAsTheStateDictionary() throws {
        let made = try network(Self.cifar, "classifier")
        let exported = try Exported(made)
        let weights = ModuleTree(made).parameters.map(\.name).filter { $0.contains("conv") || $0.contains("fc") }
        #expect(!weights.isEmpty)
        #expect(Set(exported.graph.initializer.map(\.name)).isSuperset(of: weights))
    }

    @Test func tellsOfItselfInMetadata() throws {
        let exported = try Exported(network(Self.cifar, "classifier"))
        let (model, metadata) = (exported.model, exported.metadata)
        #expect(metadata["name"] == "test")
        #expect(metadata["task"] == "classification")
        #expect(metadata["class_names"] == #"["cat","dog/wolf"]"#)
        #expect(metadata["mean"] == "[0.5,0.4,0.3]")
        #expect(metadata["image_size"] == "64x48")
        #expect(model.opsetImport.map(\.version) == [17])
        #expect(model.irVersion == 8)
    }

    @Test func isTheSameFileEachTime() throws {
        let made = try network(Self.cifar, "classifier")
        #expect(try Exported(made).model == Exported(made).model)
    }

    @Test func normalizesAndGivesProbabilitiesIfAsked() throws {
        let exporter = ONNXExporter(includeNormalization: true, probabilities: true)
        let exported = try Exported(network(Self.cifar, "classifier"), exporter)
        #expect(exported.problems == [])
        #expect(exported.types.prefix(2) == ["Sub", "Div"] && exported.types.last == "Softmax")
        #expect(exported.initializer("standard_deviation") == [0.2, 0.25, 0.3])
        #expect(exported.report.outputs[0].name == "probabilities")
    }

    @Test func fixesTheSizeIfAsked() throws {
        let report = try Exported(network(Self.cifar, "classifier"), ONNXExporter(dynamicSize: false)).report
        #expect(report.inputs[0].shape == ["batch", "3", "64", "48"])
        #expect(report.notices == [])
    }
}
