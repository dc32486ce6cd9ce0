import Foundation
import NNLayers
@_spi(Testing) import NNTesting
import Testing

@_spi(Internal) @testable import NNWeights

/// Weights from Swift, by one call and without a registry.
@Suite struct LoadWeightsTests {
    private final class Stem: Backbone {
        @Child var conv1: Conv2D
        @Child var bn1: BatchNorm
        let features = [FeatureInfo(channels: 4, stride: 1)]

        init(channels: Int = 3, epsilon: Float = 1e-5) {
            conv1 = Conv2D(inputChannels: channels, outputChannels: 4, kernel: 3, hasBias: false)
            bn1 = BatchNorm(channels: 4, epsilon: epsilon)
        }

        func forward(_ images: Tensor, context: Context) -> [Feature] {
            [Feature(bn1(conv1(images, context), context))]
        }
    }

    private final class Top: Head {
        @Child var fc: Linear
        let task = PredictionTask.classification

        init(classes: Int) { fc = Linear(inputFeatures: 4, outputFeatures: classes) }

        func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
            fc(features[0].map.mean(axes: [1, 2]), context)
        }
    }

    private func network(classes: Int = 5, channels: Int = 3) -> Network {
        Network(backbone: Stem(channels: channels), head: Top(classes: classes))
    }

    private func filled<Part: Module>(_ module: Part) -> Part {
        module.fillWithHashedValues()
        return module
    }

    /// The names of torchvision's ResNets.
    private func published(_ name: String) -> String {
        name.replacing("backbone.", with: "").replacing("head.", with: "")
    }

    /// Calls `body` with a file of the values of a module, under other names.
    private func withFile<Result>(
        of module: some Module, name: (String) -> String? = { $0 }, _ body: (URL) throws -> Result
    ) throws -> Result {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "weights.safetensors")
            let tensors = module.stateDictionary.entries.compactMap { entry in
                name(entry.name).map { ($0, entry.tensor) }
            }
            try SafetensorsFile.write(tensors: tensors, to: url)
            return try body(url)
        }
    }

    private func values(_ module: some Module) -> [String: [Float]] {
        let entries = module.stateDictionary.entries.map { ($0.name, $0.tensor.cast(to: .float32).floats) }
        return Dictionary(uniqueKeysWithValues: entries)
    }

    @Test(arguments: ["checkpoint.ckpt", "checkpoint_legacy.th", "averaged.pth", "compiled.pth"])
    func readsCheckpointsOfPyTorch(name: String) throws {
        func made() -> Sequential {
            Sequential(
                Conv2D(inputChannels: 2, outputChannels: 3, kernel: 3, hasBias: false), BatchNorm(channels: 3),
                Linear(inputFeatures: 3, outputFeatures: 2))
        }
        let (network, expected) = (made(), made())
        let report = try network.loadWeights(from: pyTorchFixture(name))
        try expected.load(from: pyTorchFixture("network.safetensors"))
        #expect(values(network) == values(expected))
        #expect(report.plan.assignments.count == 8)
        #expect(report.plan.mapName == nil)
        #expect(report.description.split(separator: "\n")[0].hasSuffix(name))
    }

    @Test func detectsTheNamesOfOtherLibraries() throws {
        let (network, expected) = (network(), filled(network()))
        let report = try withFile(of: expected, name: published) { try network.loadWeights(from: $0) }
        #expect(values(network) == values(expected))
        // Several tables have these names; it is the first of the shortest.
        #expect(report.plan.mapName == "timm_xception")
        #expect(report.description.hasSuffix("with the names of timm_xception"))
    }

    @Test func takesTheMapThatIsNamed() throws {
        let (network, expected) = (network(), filled(network()))
        let map = try NameMap("top.*  head.fc.*\nx.*  backbone.*", name: "mine")
        func named(_ name: String) -> String {
            name.replacing("backbone.", with: "x.").replacing("head.fc", with: "top")
        }
        try withFile(of: expected, name: named) { url in
            let report = try network.loadWeights(from: url, names: map)
            #expect(report.plan.mapName == "mine")
            #expect(values(network) == values(expected))
            let error = #expect(throws: WeightError.self) {
                try network.loadWeights(from: url, names: .torchvisionResNet)
            }
            #expect(error?.reason.contains("with the names of 'torchvision_resnet':") == true, "\(error?.reason ?? "")")
        }
        let error = #expect(throws: WeightError.self) {
            try withFile(of: expected, name: published) { url in
                try Network(backbone: Stem(epsilon: 1e-3), head: Top(classes: 5))
                    .loadWeights(from: url, names: .torchvisionResNet)
            }
        }
        #expect(error?.reason.contains("batch norms of epsilon 1e-5, and the network has 0.001") == true)
    }

    /// From a file of the whole network under its names, under published names, and from a file of the backbone.
    @Test func loadsABackboneByItself() throws {
        let expected = filled(network())
        let own: (String) -> String? = { $0.hasPrefix("backbone.") ? String($0.dropFirst(9)) : nil }
        for name in [{ $0 }, published, own] as [(String) -> String?] {
            let (backbone, head) = (Stem(), Top(classes: 5))
            try withFile(of: expected, name: name) { url in
                let report = try backbone.loadWeights(from: url)
                #expect(report.plan.assignments.contains { $0.name == "conv1.weight" })
                guard name("head.fc.weight") != nil else { return }
                #expect(try head.loadWeights(from: url).plan.assignments.map(\.name) == ["fc.weight", "fc.bias"])
                #expect(values(head) == values(expected.head as! Top))
            }
            #expect(values(backbone) == values(expected.backbone as! Stem))
        }
    }

    @Test func loadsAPart() throws {
        let (network, expected) = (network(classes: 7), filled(network()))
        network.initialize(key: RandomKey(seed: 1))
        let head = values(network.head as! Top)
        try withFile(of: expected, name: published) { url in
            let report = try network.loadWeights(from: url, part: "backbone")
            #expect(report.part == "backbone" && report.description.contains(" for backbone with the names of"))
            let error = #expect(throws: WeightError.self) { try network.loadWeights(from: url, part: "neck") }
            #expect(error?.reason.contains("it has nothing for neck") == true, "\(error?.reason ?? "")")
        }
        #expect(values(network.head as! Top) == head)
        #expect(values(network.backbone as! Stem) == values(expected.backbone as! Stem))
    }

    @Test func allowsWhatIsExcepted() throws {
        let network = network(classes: 7)
        network.initialize(key: RandomKey(seed: 1))
        let before = values(network)
        try withFile(of: filled(self.network()), name: published) { url in
            let error = #expect(throws: WeightError.self) { try network.loadWeights(from: url) }
            #expect(
                error?.reason.contains("head.fc.weight: the network has [7, 4], the file [5, 4]") == true,
                "\(error?.reason ?? "")")
            #expect(values(network) == before, "nothing is loaded where something does not fit")
            let excepted = try network.loadWeights(from: url, except: ["head.fc"]).plan.excepted
            let reinitialized = try network.loadWeights(from: url, classes: 7).plan.reinitialized
            #expect(excepted.count == 2 && reinitialized.count == 2)
        }
        #expect(values(network.head as! Top) == before.withoutPrefix("head."))
    }

    @Test(arguments: [1, 4]) func adaptsTheFirstConvolutionOfABackbone(channels: Int) throws {
        let backbone = Stem(channels: channels)
        let report = try withFile(of: filled(network()), name: published) { try backbone.loadWeights(from: $0) }
        #expect(report.plan.assignments.compactMap(\.adaptation) == [.inputChannels(channels)])
        #expect(report.description.contains("adapted to the number of image channels: conv1.weight"))
    }

    @Test func readsFormatsOfPlugins() throws {
        struct OneTensor: WeightFormat {
            let fileExtensions = ["one"]
            func recognizes(_ beginning: [UInt8]) -> Bool { beginning.first == 1 }
            func open(_ url: URL) throws(TensorFileError) -> any WeightFile {
                MemoryWeights([("weight", Tensor.full([2, 1], value: 3))])
            }
        }
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "weights.one")
            try Data([1]).write(to: url)
            let layer = Linear(inputFeatures: 1, outputFeatures: 2, hasBias: false)
            try layer.loadWeights(from: url, formats: [OneTensor()])
            #expect(layer.weight.floats == [3, 3])
            let error = #expect(throws: TensorFileError.self) { try layer.loadWeights(from: url) }
            #expect(
                error?.reason == "is of no known format of weights: SafetensorsFormat, PyTorchFormat",
                "\(error?.reason ?? "")")
            try Data([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]).write(to: url)
            let keras = #expect(throws: TensorFileError.self) { try layer.loadWeights(from: url) }
            #expect(keras?.reason.contains("formats: [KerasFormat()]") == true, "\(keras?.reason ?? "")")
        }
    }
}

extension [String: [Float]] {
    fileprivate func withoutPrefix(_ prefix: String) -> Self {
        Dictionary(
            uniqueKeysWithValues: filter { $0.key.hasPrefix(prefix) }
                .map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    }
}
