import Foundation
import NNLayers
import NNTesting
import NNWeights
import Testing

/// Files that `Tests/Fixtures/make_pytorch_objects.py` wrote: checkpoints with more in them than one state dictionary.
@Suite struct PyTorchCheckpointTests {
    private func open(_ name: String, state: String? = nil) throws -> any WeightFile {
        try WeightLoader().open(pyTorchFixture(name), state: state)
    }

    private func values(_ file: any WeightFile) throws -> [String: [Float]] {
        try Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, try file.tensor(named: $0.name).floats) })
    }

    private let plain: [String: [Float]] = ["0.weight": [1, 2], "0.bias": [3]]
    private let averaged: [String: [Float]] = ["0.weight": [10, 20], "0.bias": [30]]

    /// An `argparse.Namespace`, paths, dates, an enumeration, data classes, a partial function, a lambda and more.
    @Test(arguments: [2, 3, 4, 5]) func skipsObjectsUnread(version: Int) throws {
        let file = try open("objects_protocol_\(version).pth")
        #expect(try values(file) == plain)
        #expect(file.metadata == ["epoch": "3", "best": "0.75"])
        let skipped = file.checkpoint.skipped
        let types = [
            "argparse.Namespace", "PurePosixPath", "datetime.datetime", "datetime.timedelta", "datetime.timezone",
            "project.types.Color", "project.types.Options", "project.types.Frozen", "project.types.WithSlots",
            "project.types.Pair", "functools.partial", "project.types.Custom", "torch._C.Generator",
            "omegaconf.dictconfig.DictConfig", ".complex", ".slice", ".getattr",
        ]
        for type in types { #expect(skipped.contains { $0.hasSuffix(type) }, "\(type) of \(skipped)") }
        #expect(file.checkpoint.states == ["model"] && file.checkpoint.state == "model")
    }

    @Test(arguments: ["module.pth", "module_in_checkpoint.pth"])
    func readsWholeModulesAsTheirStateDictionary(name: String) throws {
        let file = try open(name)
        #expect(
            try values(file) == [
                "scale": [7, 8], "model.weight": [1, 2], "norm.weight": [3, 4], "norm.running_mean": [5, 6],
            ])
        #expect(file.entries.map(\.name) == ["scale", "model.weight", "norm.weight", "norm.running_mean"])
        #expect(file.checkpoint.skipped.isEmpty)
    }

    @Test(arguments: ["bad_module.pt", "bad_module_legacy.pth"])
    func readsWholeModulesOfPyTorch(name: String) throws {
        #expect(try open(name).entries.map { "\($0.name) \($0.shape)" } == ["weight [1, 2]", "bias [1]"])
    }

    @Test func readsStatesOfCustomTypes() throws { #expect(try values(open("state_of_custom_type.pth")) == plain) }

    @Test(
        arguments: [
            ("ema_torchvision.pth", ["model", "model_ema"], "model_ema"),
            ("ema_timm.pth", ["state_dict", "state_dict_ema"], "state_dict_ema"),
            ("ema_key.pth", ["model", "ema_state_dict"], "model"), ("ema_nested.pth", ["ema", "model"], "model"),
            ("ema_super_resolution.pth", ["params", "params_ema"], "params_ema"),
            ("states_within.pth", ["checkpoint.net", "checkpoint.model_ema"], "checkpoint.model_ema"),
        ] as [(String, [String], String)])
    func choosesAState(name: String, states: [String], first: String) throws {
        let file = try open(name)
        #expect(file.checkpoint.states == states && file.checkpoint.state == first)
        for state in states {
            let file = try open(name, state: state)
            #expect(file.checkpoint.state == state && file.checkpoint.states == states)
            #expect(try values(file) == (state.contains("ema") ? averaged : plain), "\(state)")
        }
        // The last key on the way is enough.
        let last = String(states[0].split(separator: ".").last ?? "")
        #expect(try open(name, state: last).checkpoint.state == states[0])
        let error = #expect(throws: TensorFileError.self) { try open(name, state: "teacher") }
        #expect(
            error?.reason == "has no state 'teacher'; it has \(states.map { "'\($0)'" }.joined(separator: ", "))",
            "\(error?.reason ?? "")")
    }

    @Test func choosesAmongStatesWithoutAKnownName() throws {
        let file = try open("ambiguous.pth", state: "discriminator")
        #expect(file.checkpoint.states == ["generator", "discriminator"])
        #expect(file.entries.map(\.name) == ["a"])
    }

    @Test(arguments: ["lone.pt", "views.pt", "network.safetensors"])
    func saysThatAFileHasOneState(name: String) throws {
        let error = #expect(throws: TensorFileError.self) { try open(name, state: "model") }
        #expect(error?.reason.contains("has one set of weights only") == true, "\(error?.reason ?? "")")
    }

    @Test func theReportSaysWhichStateItIs() throws {
        let counter = Counter()
        let report = try counter.loadWeights(from: pyTorchFixture("ema_torchvision.pth"))
        #expect(counter.weights == [10, 20] && report.checkpoint.state == "model_ema")
        #expect(
            report.description.contains("these are the weights 'model_ema' of the file, which also has 'model'"),
            "\(report)")
        try counter.loadWeights(from: pyTorchFixture("ema_torchvision.pth"), state: "model")
        #expect(counter.weights == [1, 2])
    }

    @Test func theCountOfAnAverageIsNoWeight() throws {
        let file = try open("ema_torchvision.pth")
        #expect(file.metadata["n_averaged"] == "12" && file.metadata["epoch"] == "1")
    }

    private final class Part: Module {
        @Parameter var weight: Tensor
        @Parameter var bias: Tensor

        init() {
            _weight = Parameter(shape: [2], initializer: .zeros)
            _bias = Parameter(shape: [1], initializer: .zeros)
        }
    }

    /// A network whose weights are those of the fixtures.
    private final class Counter: Module {
        @Child("0") var part: Part

        init() { part = Part() }

        var weights: [Float] { part.weight.floats }
    }
}
