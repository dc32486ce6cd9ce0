import Foundation
@_spi(Text) import NNLayers
@_spi(Testing) import NNTesting
import Testing

@_spi(Internal) @testable import NNWeights

@Suite struct WeightLoaderTests {
    /// A network with all that loading looks at: a first convolution, a batch norm, a classifier.
    private final class Stem: Module {
        @Child var conv1: Conv2D
        @Child var bn1: BatchNorm

        init(channels: Int, epsilon: Float) {
            conv1 = Conv2D(inputChannels: channels, outputChannels: 4, kernel: 3, hasBias: false)
            bn1 = BatchNorm(channels: 4, epsilon: epsilon)
        }
    }

    private final class Top: Module {
        @Child var linear: Linear

        init(classes: Int) { linear = Linear(inputFeatures: 4, outputFeatures: classes) }
    }

    private final class Net: Module {
        @Child var backbone: Stem
        @Child var head: Top

        init(channels: Int = 3, classes: Int = 5, epsilon: Float = 1e-5) {
            backbone = Stem(channels: channels, epsilon: epsilon)
            head = Top(classes: classes)
            fillWithHashedValues()
        }
    }

    private static let ports = """
        batch_norm_epsilon = 1e-5
        fc.*     head.linear.*
        extra.*  -
        *        backbone.*
        """

    private func registry(_ maps: [String: String] = ["ports": ports]) throws -> Registry {
        try Registry(plugins: [WeightsPlugin(), MemoryPlugin(maps: maps)])
    }

    /// Writes tensors as safetensors and loads them into a network.
    private func load(
        _ file: MemoryWeights, into network: Net, classes: Int = 5, maps: [String: String] = ["ports": ports],
        _ change: (inout WeightSource) -> Void = { _ in }
    ) throws -> WeightReport {
        let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        try SafetensorsFile.write(tensors: file.tensors, to: url)
        var source = WeightSource(file: url.path)
        change(&source)
        return try WeightLoader(registry(maps)).load(source, into: network, classCount: classes)
    }

    /// A frozen weight is never written to, and must not become what is written over the file.
    @Test func weightsAreIndependentOfTheirFile() throws {
        let (network, other) = (Net(), Net())
        let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        let tensors = other.stateDictionary.entries.map { (name: $0.name, tensor: $0.tensor) }
        try SafetensorsFile.write(tensors: tensors, to: url)
        try WeightLoader(registry()).load(WeightSource(file: url.path), into: zeroed(network), classCount: 5)
        let file = try FileHandle(forWritingTo: url)
        try file.write(contentsOf: Data(count: 100_000))
        try file.close()
        expectEqual(network, other)
    }

    /// The names that a port of the network to another framework has.
    private func ported(_ name: String) -> String {
        name.replacing("backbone.", with: "").replacing("head.linear", with: "fc")
    }

    private func zeroed(_ network: Net) -> Net {
        for (_, parameter) in ModuleTree(network).parameters { parameter.value = .zeros(parameter.shape) }
        return network
    }

    private func expectEqual(_ network: Net, _ other: Net, sourceLocation: SourceLocation = #_sourceLocation) {
        for entry in network.stateDictionary.entries {
            #expect(
                other.stateDictionary[entry.name].map { $0.cast(to: .float32).floats }
                    == entry.tensor.cast(to: .float32).floats, "\(entry.name)", sourceLocation: sourceLocation)
        }
    }

    @Test func takesItsOwnNames() throws {
        let network = zeroed(Net())
        let result = try load(MemoryWeights(Net()), into: network)
        #expect(result.plan.mapName == nil)
        expectEqual(network, Net())
    }

    @Test func findsTheMapThatFits() throws {
        let network = zeroed(Net())
        let extra = [(name: "extra.weight", tensor: Tensor.ones([3]))]
        let result = try load(MemoryWeights(MemoryWeights(Net()) { ported($0) }.tensors + extra), into: network)
        #expect(result.plan.mapName == "ports")
        #expect(result.plan.leftOut == ["extra.weight"])
        expectEqual(network, Net())
    }

    @Test func prefersTheMapOfTheSameEpsilon() throws {
        let maps = ["a": Self.ports.replacing("1e-5", with: "1e-3"), "b": Self.ports]
        let file = MemoryWeights(Net()) { ported($0) }
        #expect(try load(file, into: Net(), maps: maps).plan.mapName == "b")
        #expect(try load(file, into: Net(epsilon: 1e-3), maps: maps).plan.mapName == "a")
        let error = #expect(throws: WeightError.self) {
            try load(file, into: Net(epsilon: 1e-3), maps: maps) { $0.names = "b" }
        }
        #expect(error?.reason.contains("epsilon 1e-5") == true, "\(error?.reason ?? "")")
    }

    @Test func takesAPart() throws {
        let network = zeroed(Net())
        let file = MemoryWeights(Net()) { $0.hasPrefix("head") ? nil : $0 }
        #expect(throws: WeightError.self) { try load(file, into: network) }
        let result = try load(file, into: network) { $0.part = "backbone" }
        #expect(result.plan.assignments.allSatisfy { $0.name.hasPrefix("backbone.") })
        #expect(network.head.linear.weight.floats.allSatisfy { $0 == 0 })
        #expect(network.backbone.conv1.weight.floats == Net().backbone.conv1.weight.floats)
    }

    @Test func saysWhatDoesNotFitWithTheNearestName() throws {
        var file = MemoryWeights(Net())
        file.tensors.removeAll { $0.name == "backbone.bn1.running_mean" }
        file.tensors.append(("backbone.bn1.running_maen", .zeros([4])))
        file.tensors.append(("backbone.fpn.weight", .zeros([2, 2])))
        let network = zeroed(Net())
        let error = #expect(throws: WeightError.self) { try load(file, into: network) }
        let text = error?.description ?? ""
        #expect(text.contains("backbone.bn1.running_mean [4]; is it 'backbone.bn1.running_maen'?"), "\(text)")
        #expect(text.contains("backbone.fpn.weight [2, 2]"), "\(text)")
        #expect(network.backbone.conv1.weight.floats.allSatisfy { $0 == 0 }, "nothing is taken over")
        let result = try load(file, into: network) { $0.except = ["backbone.bn1", "*.fpn"] }
        #expect(result.plan.excepted.count == 3)
    }

    @Test func keepsALastLayerForOtherClasses() throws {
        let network = zeroed(Net(classes: 7))
        let result = try load(MemoryWeights(Net()), into: network, classes: 7)
        #expect(result.plan.reinitialized == ["head.linear.weight", "head.linear.bias"])
        #expect(result.description.contains("for other classes: head.linear.weight"))
        #expect(network.backbone.conv1.weight.floats == Net().backbone.conv1.weight.floats)
    }

    @Test func refusesOtherShapes() throws {
        var file = MemoryWeights(Net())
        file.tensors[0].tensor = .zeros([4, 3, 5, 5])
        let error = #expect(throws: WeightError.self) { try load(file, into: Net()) }
        #expect(error?.reason.contains("the network has [4, 3, 3, 3], the file [4, 3, 5, 5]") == true)
    }

    @Test(arguments: [1, 2, 4, 6])
    func adaptsTheFirstConvolution(channels: Int) throws {
        let network = zeroed(Net(channels: channels))
        _ = try load(MemoryWeights(Net()), into: network)
        let (weight, original) = (network.backbone.conv1.weight, Net().backbone.conv1.weight)
        let expected = (0..<channels).map { channel in
            channels == 1
                ? original.sum(axes: [1], keepsDimensions: true)
                : original.slice(axis: 1, range: channel % 3..<channel % 3 + 1) * (3 / Float(channels))
        }
        let (found, wanted) = (weight.floats, Tensor.concatenated(expected, axis: 1).floats)
        #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test func warnsOfValuesThatAreNotFinite() throws {
        var file = MemoryWeights(Net())
        file.tensors[1].tensor = Tensor([1, Float.nan, 2, 3])
        file.tensors[2].tensor = Tensor([1, -Float.infinity, 2, 3])
        let result = try load(file, into: Net())
        #expect(result.notFinite.sorted() == [file.tensors[1].name, file.tensors[2].name].sorted())
        #expect(result.description.contains("not finite: "))
    }

    @Test func refusesTwoTensorsForOneName() throws {
        let double = ["double": "fc*.weight head.linear.weight\n*bias head.linear.bias\n* backbone.*"]
        let file = MemoryWeights([
            ("fc.weight", .zeros([5, 4])), ("fc2.weight", .zeros([5, 4])), ("fc.bias", .zeros([5])),
        ])
        let error = #expect(throws: WeightError.self) {
            try load(file, into: Net(), maps: double) { $0.names = "double" }
        }
        #expect(error?.reason.contains("'fc.weight' and 'fc2.weight' are both for 'head.linear.weight'") == true)
    }

    @Test func readsAMapFromAFileAndSaysWhichAreKnown() throws {
        let map = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).map")
        defer { try? FileManager.default.removeItem(at: map) }
        try Self.ports.write(to: map, atomically: true, encoding: .utf8)
        let file = MemoryWeights(Net()) { ported($0) }
        #expect(try load(file, into: Net()) { $0.names = map.path }.plan.mapName == map.path)
        let error = #expect(throws: OptionError.self) { try load(file, into: Net()) { $0.names = "prots" } }
        #expect(error?.message.contains("did you mean 'ports'") == true, "\(error?.message ?? "")")
    }
}
