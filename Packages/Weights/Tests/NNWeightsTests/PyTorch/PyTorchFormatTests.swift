import Foundation
import NNLayers
import Testing
import NNWeights

/// Files that `Tests/Fixtures/make_pytorch_files.py` wrote with PyTorch.
@Suite struct PyTorchFormatTests {
    @Test(arguments: [
        ("types.pt", "types"), ("types_legacy.pth", "types"), ("unsigned.pt", "unsigned"), ("views.pt", "views"),
        ("views_legacy.pth", "views"), ("views_protocol_1.pt", "views"), ("views_protocol_3.pt", "views"),
        ("views_protocol_4.pt", "views"), ("views_protocol_5.pt", "views"), ("views_protocol_1.pth", "views"),
        ("views_protocol_3.pth", "views"), ("views_protocol_4.pth", "views"), ("views_protocol_5.pth", "views"),
        ("views_deflated.pt", "views"), ("views_no_checksum.pt", "views"), ("part_legacy.pth", "part"),
        ("checkpoint.ckpt", "network"), ("checkpoint_protocol_4.ckpt", "network"),
        ("checkpoint_legacy.th", "network"), ("python2_legacy.pth", "network"), ("averaged.pth", "network"),
        ("compiled.pth", "network"), ("unknown_key.pth", "network"), ("twice_wrapped.pth", "network"),
        ("tree.pt", "tree"), ("list.pt", "list"), ("lone.pt", "lone"),
    ])
    func readsWhatPyTorchSaved(name: String, golden: String) throws {
        let file = try openPyTorch(name)
        let expected = try SafetensorsFile(try pyTorchFixture("\(golden).safetensors"))
        #expect(file.entries.map(\.name).sorted() == expected.names.sorted())
        for entry in file.entries {
            let tensor = try file.tensor(named: entry.name)
            let right = try expected.tensor(named: entry.name)
            #expect(tensor.specification == right.specification, "\(entry.name)")
            #expect(entry.shape == right.shape, "\(entry.name)")
            #expect(values(tensor) == values(right), "\(entry.name)")
        }
    }

    @Test(arguments: ["types.pt", "types_legacy.pth"])
    func namesTypesAsPyTorchDoes(name: String) throws {
        for entry in try openPyTorch(name).entries { #expect(entry.storedType == entry.name) }
    }

    @Test func keepsTheOrder() throws {
        let names = ["0.weight", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"]
        for name in ["checkpoint.ckpt", "checkpoint_legacy.th", "python2_legacy.pth"] {
            #expect(try openPyTorch(name).entries.map(\.name) == names + ["2.weight", "2.bias"])
        }
    }

    @Test(arguments: ["checkpoint.ckpt", "checkpoint_protocol_4.ckpt", "checkpoint_legacy.th"])
    func readsWhatStandsBeside(name: String) throws {
        #expect(
            try openPyTorch(name).metadata == [
                "epoch": "3", "arch": "resnet20", "best_prec1": "91.75", "best_acc1": "76.5", "amp": "true",
                "lr": "0.1", "count": "7",
            ])
    }

    @Test func tensorsOutliveTheFile() throws {
        for name in ["views.pt", "views_legacy.pth"] {
            let tensor = try openPyTorch(name).tensor(named: "base")
            var changed = tensor
            changed.withMutableScalars(as: Float.self) { $0[0] += 1 }
            #expect(values(tensor)[0] != values(changed)[0])
            #expect(values(try openPyTorch(name).tensor(named: "base")) == values(tensor))
        }
    }

    @Test(arguments: [
        ("complex", "complex64"), ("sparse", "sparse"), ("compressed", "sparse"), ("quantized", "quantized quint8"),
        ("uint64", "uint64"), ("float8", "float8_e4m3fn"), ("negative", "float32 with marks"), ("meta", "meta"),
    ])
    func namesTypesThatAreNotSupported(name: String, type: String) throws {
        let file = try openPyTorch("unsupported.pt")
        #expect(file.entries.first { $0.name == name }?.storedType == type)
        let error = #expect(throws: TensorFileError.self) { try file.tensor(named: name) }
        #expect(error?.kind == .unsupportedType)
        #expect(error?.tensor == name)
        #expect(error?.reason.contains("is of type '\(type)'; supported are dense tensors of bfloat16") == true)
        #expect(values(try file.tensor(named: "whole")).count == 3)
    }

    @Test func namesWhatIsMissing() throws {
        let error = #expect(throws: TensorFileError.self) { try openPyTorch("lone.pt").tensor(named: "a") }
        #expect(error?.kind == .missingTensor)
        #expect(error?.tensor == "a")
    }

    @Test func readsOneFileFromSeveralThreads() async throws {
        let file = try openPyTorch("views_deflated.pt")
        let right = try file.entries.map { values(try file.tensor(named: $0.name)) }
        try await withThrowingTaskGroup(of: [[Double]].self) { group in
            for _ in 0..<8 {
                group.addTask { try file.entries.map { values(try file.tensor(named: $0.name)) } }
            }
            for try await read in group { #expect(read == right) }
        }
    }
}
