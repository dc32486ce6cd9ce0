import Foundation
import NNLayers
import Testing
import NNWeights

@Suite struct OpenWeightsTests {
    /// A format whose files begin with any byte from a list.
    private struct Bytes: WeightFormat {
        var fileExtensions: [String]
        var first: [UInt8]

        func recognizes(_ beginning: [UInt8]) -> Bool { beginning.first.map(first.contains) ?? false }
        func open(_ url: URL) throws(TensorFileError) -> any WeightFile {
            throw TensorFileError(.malformed, file: url, reason: "opened as \(fileExtensions)")
        }
    }

    @Test func opensWhatTheContentIs() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("weights.bin")
            try SafetensorsFile.write(tensors: [("a", Tensor([1, 2] as [Float]))], to: url)
            let file = try Registry(plugins: [WeightsPlugin()]).openWeights(url)
            #expect(file.entries == [WeightEntry(name: "a", shape: [2], storedType: "F32")])
        }
    }

    @Test(arguments: [("x.two", "two"), ("x.ONE", "one"), ("x.other", "one"), ("x", "one")])
    func asksTheEndingWhereSeveralFormatsFit(name: String, opened: String) throws {
        let registry = try Registry()
        for name in ["two", "one"] {
            try registry.register(.weightFormat, name, summary: "") { Bytes(fileExtensions: [name], first: [1, 2]) }
        }
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent(name)
            try Data([2]).write(to: url)
            let error = #expect(throws: TensorFileError.self) { try registry.openWeights(url) }
            #expect(error?.reason == "opened as [\"\(opened)\"]")
        }
    }

    @Test(arguments: [
        ([UInt8](), "is empty"),
        ([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0], "trait Keras"),
        (Array("version https://git-lfs.github.com/spec/v1\noid sha256:0".utf8), "git lfs pull"),
        (Array("\n <!DOCTYPE html><html>".utf8), "is a web page"),
        (Array("\u{feff}<html lang=\"en\">".utf8), "is a web page"),
        (Array("anything else".utf8), "is of no known format of weights: one, two"),
    ])
    func saysWhatAnUnknownFileIs(content: [UInt8], reason: String) throws {
        let registry = try Registry()
        for name in ["two", "one"] {
            try registry.register(.weightFormat, name, summary: "") { Bytes(fileExtensions: [name], first: [1, 2]) }
        }
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("weights.h5")
            try Data(content).write(to: url)
            let error = #expect(throws: TensorFileError.self) { try registry.openWeights(url) }
            #expect(error?.kind == .malformed)
            #expect(error?.file == url)
            #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
            let missing = folder.appendingPathComponent("missing.pt")
            #expect(throws: TensorFileError.self) { try registry.openWeights(missing) }
            #expect(throws: TensorFileError.self) { try registry.openWeights(folder) }
        }
    }

    /// Files that are taken for weights by mistake.
    @Test(arguments: [
        ("w.pth.gz", [0x1f, 0x8b, 8, 0] as [UInt8], "is compressed by gzip; unpack it"),
        ("w.npy", [0x93] + Array("NUMPY".utf8), "is a single array of NumPy"),
        ("w.onnx", [8, 7, 18, 7], "is an ONNX file"),
        ("w.gguf", Array("GGUF".utf8) + [3, 0, 0, 0], "is a GGUF file"),
        ("w.tflite", [0x1c, 0, 0, 0] + Array("TFL3".utf8), "is a file of TensorFlow Lite"),
        ("w.mat", Array("MATLAB 5.0 MAT-file".utf8), "is a MAT-file of MATLAB"),
        ("w.tar", [UInt8](repeating: 0, count: 257) + Array("ustar".utf8), "is a tar archive"),
        ("w.safetensors.index.json", Array("{\"weight_map\": {}}".utf8), "is JSON, such as the index of weights"),
    ])
    func saysWhatOtherFilesAre(name: String, content: [UInt8], reason: String) throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent(name)
            try Data(content).write(to: url)
            let error = #expect(throws: TensorFileError.self) { try WeightLoader().open(url) }
            #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
        }
    }
}
