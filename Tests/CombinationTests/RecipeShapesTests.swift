import Foundation
import NNLayers
@_spi(Testing) import NNTesting
import Testing
import NNTraining

@_spi(Testing) import NNCore

/// Every convolution of every recipe at its published size, both passes and both types, by each fast backend and by the
/// reference. `make soak` runs them all; the unit tests the networks for small images.
@Suite(.serialized) struct RecipeShapesTests {
    struct Recipe: CustomTestStringConvertible {
        let name: String
        let size: Size
        let classCount: Int
        var testDescription: String { name }

        init(_ name: String, _ size: Size, _ classCount: Int) {
            (self.name, self.size, self.classCount) = (name, size, classCount)
        }
    }

    private static let isSoak = ProcessInfo.processInfo.environment["NN_SOAK_CASES"] != nil

    private static let small = [Recipe("shapes", 32, 6), Recipe("resnet20_cifar10", 32, 10)]
    private static let large = [
        Recipe("shapes_multi_label", 32, 6), Recipe("shapes_regression", 32, 4), Recipe("resnet56_cifar10", 32, 10),
        Recipe("fcn64_voc", 64, 21), Recipe("segnet64_voc", 64, 21), Recipe("resnet50", 224, 1000),
        Recipe("vovnet57_imagenet", 224, 1000), Recipe("xception_cats_dogs", 299, 2),
        Recipe("segnet_camvid", Size(height: 360, width: 480), 11),
        Recipe("vovnet57_jpu_ade20k", Size(height: 320, width: 480), 151),
    ]
    static let recipes = isSoak ? small + large : small

    @Test func theListIsThatOfTheFolder() throws {
        let folder = Self.root.appending(path: "Examples/Configs").path
        // The features are those of another recipe's backbone.
        let files = Set(try FileManager.default.contentsOfDirectory(atPath: folder)).subtracting([
            "xception_features.yaml"
        ])
        #expect(files == Set((Self.small + Self.large).map { "\($0.name).yaml" }))
    }

    private static let root = URL(fileURLWithPath: #filePath).appending(path: "../../..").standardizedFileURL

    @Test(arguments: recipes) func agreesWithTheReference(recipe: Recipe) throws {
        let fast = FastBackend.backends.filter { $0.name != "blas" }
        if fast.isEmpty { return }
        let calculations = try Self.convolutions(recipe)
        #expect(!calculations.isEmpty)
        var failures: [String] = []
        for calculation in calculations {
            if Self.isSoak { print("soak shape \(calculation)") }
            for backend in fast {
                let (outcome, damaged) = Allocator.withGuardedMemory(.margins) {
                    calculation.check(backend, against: BLASBackend())
                }
                let name = "\(backend.name): \(calculation)"
                if damaged > 0 { failures.append("\(name): memory around \(damaged) blocks was overwritten") }
                if case .wrong(let text) = outcome { failures.append("\(backend.name): \(text)") }
            }
        }
        #expect(failures == [])
    }

    private static func convolutions(_ recipe: Recipe) throws -> [RandomCalculation] {
        let node = try ConfigLoader.load(root.appending(path: "Examples/Configs/\(recipe.name).yaml").path)
        let model = try ConfigDecoder().decode(ModelConfig.self, from: try #require(node["model"]))
        let network = try ModelBuilder(try CombinationTests.registry()).network(model, classCount: recipe.classCount)
        let trace = Trace()
        // Two images, so that what is done once an image is done more than once.
        let images = trace.input(
            TensorSpecification(shape: [2, recipe.size.height, recipe.size.width, 3], dataType: .float32))
        _ = withoutGradients { network(images, .inference()) }
        try trace.check()
        var known: Set<String> = []
        var result: [RandomCalculation] = []
        for step in trace.steps where step.operation.name == "conv2d" {
            let attributes = step.operation.attributes
            guard case .ints(let strides) = attributes["strides"], case .ints(let dilations) = attributes["dilations"],
                case .ints(let padding) = attributes["padding"], case .int(let groups) = attributes["groups"]
            else { continue }
            let geometry = ConvolutionGeometry(
                strides: Size(height: strides[0], width: strides[1]),
                dilations: Size(height: dilations[0], width: dilations[1]),
                padding: EdgeInsets(top: padding[0], bottom: padding[2], left: padding[1], right: padding[3]),
                groups: groups)
            for dataType in [DataType.float32, .bfloat16] {
                for kind in [RandomCalculation.Kind.convolution, .inputGradient, .weightGradient] {
                    let calculation = RandomCalculation(
                        kind, input: step.inputSpecifications[0].shape, weight: step.inputSpecifications[1].shape,
                        geometry: geometry, dataType: dataType)
                    if known.insert("\(calculation)").inserted { result.append(calculation) }
                }
            }
        }
        return result
    }
}
