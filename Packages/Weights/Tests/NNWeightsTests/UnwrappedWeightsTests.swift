import Foundation
import NNLayers
import NNTesting
import NNWeights
import Testing

/// What wrappers put before all names, in files of any format.
@Suite struct UnwrappedWeightsTests {
    /// A network, and one that calls its only part as a wrapper does.
    private final class Plain: Module {
        @Child var conv: Conv2D

        init() { conv = Conv2D(inputChannels: 1, outputChannels: 2, kernel: 1, hasBias: false) }
    }

    private final class Wrapped: Module {
        @Child var model: Plain

        init() { model = Plain() }
    }

    /// A format that is not known to have wrappers.
    private struct Other: WeightFormat {
        let fileExtensions = ["safetensors"]
        func recognizes(_ beginning: [UInt8]) -> Bool { true }
        func open(_ url: URL) throws(TensorFileError) -> any WeightFile { try SafetensorsFormat().open(url) }
    }

    private func withFile<Result>(_ names: [String], _ body: (URL) throws -> Result) throws -> Result {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "weights.safetensors")
            let tensors = names.map { name in
                name.hasSuffix("n_averaged")
                    ? (name: name, tensor: Tensor([7] as [Float]))
                    : (name, Tensor([3, 4] as [Float], shape: [2, 1, 1, 1]))
            }
            try SafetensorsFile.write(tensors: tensors, to: url)
            return try body(url)
        }
    }

    private static let prefixes = [
        "module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module.", "model.", "net.", "model.net.",
        "_forward_module.model.", "network.", "model._orig_mod.", "",
        "backbone.", "module.backbone.", "encoder.", "model.encoder.", "ema.", "ema.module.", "ema_model.module.",
    ]

    @Test(arguments: prefixes) func takesThemOff(prefix: String) throws {
        let name = "conv.weight"
        try withFile([prefix + name]) { url in
            for formats in [[], [Other()]] as [[any WeightFormat]] {
                let file = try WeightLoader(formats: formats).open(url)
                #expect(file.entries.map(\.name) == [name])
                #expect(try file.tensor(named: name).floats == [3, 4])
                let network = Plain()
                try network.loadWeights(from: url, formats: formats)
                #expect(network.conv.weight.floats == [3, 4])
            }
        }
    }

    /// A network that has such a name itself is found all the same, as are tables with lines for it.
    @Test(arguments: ["", "module.", "_orig_mod."]) func findsNetworksWithSuchNames(prefix: String) throws {
        try withFile([prefix + "model.conv.weight"]) { url in
            let wrapped = Wrapped()
            try wrapped.loadWeights(from: url)
            #expect(wrapped.model.conv.weight.floats == [3, 4])
            let plain = Plain()
            let report = try plain.loadWeights(from: url, names: NameMap("model.*  *"))
            #expect(plain.conv.weight.floats == [3, 4] && report.plan.mapName == "custom")
        }
    }

    @Test(arguments: [
        ["module.a", "b"], ["model.a", "criterion.b"], ["module.", "module.a"], ["modules.a"], ["features.model.a"],
        ["backbone.a", "head.b"],
    ])
    func keepsWhatNotAllHave(names: [String]) throws {
        try withFile(names) { url in
            let file = try WeightLoader().open(url)
            #expect(Set(file.entries.map(\.name)) == Set(names))
        }
    }

    @Test func theCountOfAnAverageIsNoWeight() throws {
        try withFile(["module.conv.weight", "n_averaged"]) { url in
            let file = try WeightLoader().open(url)
            #expect(file.entries.map(\.name) == ["conv.weight"] && file.metadata["n_averaged"] == "7")
        }
        try withFile(["conv.weight", "n_averaged"]) { url in
            let file = try WeightLoader().open(url)
            #expect(file.entries.count == 2)
        }
    }

    @Test func takesThemOffLightning() throws {
        let file = try openPyTorch("lightning.pth")
        #expect(file.entries.map(\.name) == ["0.weight", "0.bias"])
    }
}
