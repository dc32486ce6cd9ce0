import Foundation
import NNKeras
import NNLayers
@_spi(Testing) import NNTesting
import NNWeights
import Testing

/// Files that `Tests/Fixtures/make_keras_files.py` wrote, with values that follow from the names.
@Suite(.serialized) struct KerasFormatTests {
    private func url(_ name: String) throws -> URL {
        try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures"))
    }

    /// With a network inside and its optimizer.
    @Test func readsWholeModelsOfKeras3() throws {
        try check(
            "keras3_model.h5",
            [
                "inner/inner_conv/kernel": [3, 3, 3, 4], "inner/inner_conv/bias": [4], "norm/gamma": [4],
                "norm/beta": [4], "norm/moving_mean": [4], "norm/moving_variance": [4],
                "separable/depthwise_kernel": [3, 3, 4, 1], "separable/pointwise_kernel": [1, 1, 4, 5],
                "predictions/kernel": [5, 2], "predictions/bias": [2],
            ])
    }

    @Test func readsWeightsAloneOfKeras3() throws {
        try check(
            "keras3_whole.weights.h5",
            [
                "layers/sequential/layers/conv2d/vars/0": [3, 3, 3, 4], "layers/sequential/layers/conv2d/vars/1": [4],
                "layers/batch_normalization/vars/0": [4], "layers/batch_normalization/vars/1": [4],
                "layers/batch_normalization/vars/2": [4], "layers/batch_normalization/vars/3": [4],
                "layers/separable_conv2d/vars/0": [3, 3, 4, 1], "layers/separable_conv2d/vars/1": [1, 1, 4, 5],
                "layers/dense/vars/0": [5, 2], "layers/dense/vars/1": [2],
            ])
    }

    /// A `.keras` has the names of the `.weights.h5` in it, and leaves no file behind.
    @Test(arguments: ["keras3.keras", "keras3_deflated.keras"])
    func readsArchivesOfKeras3(name: String) throws {
        let url = try url(name)
        let loader = WeightLoader(formats: [KerasFormat()])
        let (file, whole) = try (loader.open(url), loader.open(self.url("keras3_whole.weights.h5")))
        #expect(file.entries == whole.entries && file.entries.count == 10 && file.url == url)
        for entry in file.entries {
            try checkEqual(file.tensor(named: entry.name), whole.tensor(named: entry.name), entry.name)
        }
        let error = #expect(throws: TensorFileError.self) { try file.tensor(named: "layers/none") }
        #expect(error?.file == url)
    }

    // Serialized, so that no other test unpacks meanwhile.
    @Test func unpacksToAFileThatIsGoneAtOnce() throws {
        let names = { try FileManager.default.contentsOfDirectory(atPath: NSTemporaryDirectory()) }
        let file = try KerasFormat().open(url("keras3.keras"))
        #expect(try names().allSatisfy { !($0.hasPrefix("nn-") && $0.hasSuffix(".weights.h5")) })
        #expect(try file.tensor(named: file.entries[0].name).shape == file.entries[0].shape)
    }

    @Test(arguments: [
        ("no_weights.keras", "has no weights of Keras; save the model again"), ("sharded.keras", "in several files"),
        ("cut_weights.keras", "is not an HDF5 file, or is damaged"),
        ("zeros.keras", "many times the archive's"),
    ])
    func refusesArchives(name: String, reason: String) throws {
        let url = try url(name)
        let error = #expect(throws: TensorFileError.self) { try WeightLoader(formats: [KerasFormat()]).open(url) }
        #expect(error?.file == url && error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    /// Archives are told apart by what is in them, with and without this format.
    @Test(arguments: ["keras3.keras", "keras3_deflated.keras", "no_weights.keras"])
    func theFormatOfPyTorchDoesNotClaimThem(name: String) throws {
        let url = try url(name)
        let beginning = [UInt8](try Data(contentsOf: url).prefix(512))
        #expect(!PyTorchFormat().recognizes(url, beginning: beginning))
        #expect(KerasFormat().recognizes(url, beginning: beginning))
        let error = #expect(throws: TensorFileError.self) { try WeightLoader().open(url) }
        #expect(error?.reason.hasPrefix("is a model of Keras 3 (.keras") == true, "\(error?.reason ?? "")")
        #expect(error?.reason.contains("KerasFormat()") == true)
    }

    @Test func otherArchivesAreNobodys() throws {
        let url = try url("other.zip")
        let error = #expect(throws: TensorFileError.self) { try WeightLoader(formats: [KerasFormat()]).open(url) }
        #expect(error?.reason.hasPrefix("is an archive of NumPy's arrays") == true, "\(error?.reason ?? "")")
    }

    @Test func seesDamagedAndCutArchives() throws {
        let bytes = try Data(contentsOf: url("keras3.keras"))
        let file = FileManager.default.temporaryDirectory.appending(path: "nn-keras-\(UUID().uuidString).keras")
        defer { try? FileManager.default.removeItem(at: file) }
        for count in [4, 100, bytes.count / 2, bytes.count - 1] {
            try bytes.prefix(count).write(to: file)
            #expect(throws: TensorFileError.self, "\(count) bytes") {
                try WeightLoader(formats: [KerasFormat()]).open(file)
            }
        }
        var damaged = bytes
        damaged[bytes.count / 2] ^= 1
        try damaged.write(to: file)
        let error = #expect(throws: TensorFileError.self) { try KerasFormat().open(file) }
        #expect(error?.reason.contains("is damaged") == true, "\(error?.reason ?? "")")
    }

    private func check(_ name: String, _ shapes: [String: Shape]) throws {
        let file = try KerasFormat().open(url(name))
        #expect(Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0.shape) }) == shapes)
        for entry in file.entries {
            #expect(entry.storedType == "float32")
            try checkEqual(file.tensor(named: entry.name), hashedKerasValues(entry.name, entry.shape), entry.name)
        }
    }

    /// Layers with slashes in their names, and elements of several types.
    @Test func readsKeras2() throws {
        let file = try KerasFormat().open(url("keras2_weights.h5"))
        let expected = [
            "conv1/conv/kernel:0": "float16", "conv1/conv/bias:0": "float64", "conv1/bn/gamma:0": "float32",
            "conv1/bn/beta:0": "float32", "fc1000/kernel:0": "float32",
            "fc1000/count": "int16", "fc1000/bytes": "uint8", "fc1000/none": "float32",
        ]
        #expect(Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0.storedType) }) == expected)
        for entry in file.entries where entry.storedType.hasPrefix("float") && entry.shape.elementCount > 0 {
            let values = hashedKerasValues(entry.name, entry.shape)
            let precision = entry.storedType == "float16" ? 1e-3 : 0
            try checkClose(file.tensor(named: entry.name), values, relative: precision, absolute: precision, entry.name)
        }
        try checkEqual(file.tensor(named: "fc1000/count"), Tensor(scalar: Int32(-7)))
        try checkEqual(file.tensor(named: "fc1000/bytes"), Tensor([1, 2, 255] as [UInt8]))
        #expect(try file.tensor(named: "fc1000/none").shape == [0, 3])
    }

    @Test func readsKeras1() throws {
        let file = try KerasFormat().open(url("keras1_weights.h5"))
        #expect(file.entries.map(\.name) == ["block1_conv1/block1_conv1_W_1:0", "block1_conv1/block1_conv1_b_1:0"])
        for entry in file.entries {
            try checkEqual(file.tensor(named: entry.name), hashedKerasValues(entry.name, entry.shape), entry.name)
        }
        let error = #expect(throws: TensorFileError.self) { try file.tensor(named: "block1_conv1/kernel:0") }
        #expect(error?.tensor == "block1_conv1/kernel:0")
    }

    /// By one call, without a registry.
    @Test func loadsALayer() throws {
        let url = try url("keras1_weights.h5")
        let shape = try #require(KerasFormat().open(url).entries.first).shape
        let layer = Conv2D(
            inputChannels: shape[2], outputChannels: shape[3], kernel: Size(height: shape[0], width: shape[1]))
        let names = try NameMap("block1_conv1/*_W*  weight  hwio\nblock1_conv1/*_b*  bias")
        try layer.loadWeights(from: url, names: names, formats: [KerasFormat()])
        let stored = hashedKerasValues("block1_conv1/block1_conv1_W_1:0", shape)
        #expect(layer.weight.floats == stored.transposed([3, 2, 0, 1]).floats)
        #expect(throws: TensorFileError.self) { try layer.loadWeights(from: url, names: names) }
    }

    @Test(
        arguments: [
            ("plain.h5", nil, "not one of Keras"), ("circle.h5", nil, "cycle"),
            ("chunks.h5", "conv/kernel", "in chunks"), ("empty.h5", nil, "no weights"),
            ("text.h5", "conv/kernel", "type 'text'"), ("group.h5", nil, "no weights"),
            ("no_elements.h5", "conv/kernel", "the file has 0"), ("unbounded.h5", "conv/kernel", "too large"),
            ("soft_link.h5", nil, "is a link"),
            ("other_file.h5", nil, "is a link"), ("other_data.h5", "conv/kernel", "another file"),
            ("twice.h5", "conv/kernel", "twice"), ("uint64.h5", "conv/kernel", "type 'uint64'"),
            ("odd_float.h5", "conv/kernel", "type 'other'"),
        ] as [(String, String?, String)])
    func refuses(name: String, tensor: String?, reason: String) throws {
        let url = try url(name)
        let error = #expect(throws: TensorFileError.self) { try KerasFormat().open(url) }
        #expect(error?.file == url)
        #expect(error?.tensor == tensor)
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    @Test func refusesWhatIsNoFile() throws {
        let missing = URL(filePath: "/no/such/file.h5")
        #expect(#expect(throws: TensorFileError.self) { try KerasFormat().open(missing) }?.kind == .unreadable)
        let folder = FileManager.default.temporaryDirectory
        #expect(#expect(throws: TensorFileError.self) { try KerasFormat().open(folder) }?.kind == .unreadable)
    }

    /// No truncated file may be taken for a complete one.
    @Test func refusesCutOffFiles() throws {
        let bytes = try Data(contentsOf: url("keras1_weights.h5"))
        let folder = FileManager.default.temporaryDirectory.appending(path: "nn-keras-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "cut.h5")
        for count in [0, 1, 8, 96, 512, 2048, bytes.count / 2, bytes.count - 1] {
            try bytes.prefix(count).write(to: file)
            let error = #expect(throws: TensorFileError.self, "\(count) bytes") { try KerasFormat().open(file) }
            #expect(error?.kind == .malformed)
        }
    }

    /// Damaged files are refused or read, and never end the process.
    @Test(arguments: ["keras1_weights.h5", "keras2_weights.h5", "keras3_whole.weights.h5"])
    func standsDamages(name: String) throws {
        let bytes = try Data(contentsOf: url(name))
        let file = FileManager.default.temporaryDirectory.appending(path: "nn-keras-\(UUID().uuidString).h5")
        defer { try? FileManager.default.removeItem(at: file) }
        let noise = hashedNoise(name, 300).map { ($0 + 1) / 2 }
        for index in 0..<100 {
            var damaged = bytes
            for part in 0..<2 {
                let position = Int(noise[3 * index + part] * Double(bytes.count))
                damaged[position] = index % 3 == 0 ? 0xff : UInt8(noise[3 * index + 2] * 256)
            }
            try damaged.write(to: file)
            guard let weights = try? KerasFormat().open(file) else { continue }
            for entry in weights.entries { _ = try? weights.tensor(named: entry.name) }
        }
    }

    @Test func recognizesItsFiles() throws {
        let bytes = [UInt8](try Data(contentsOf: url("plain.h5")).prefix(512))
        #expect(KerasFormat().recognizes(bytes))
        #expect(!KerasFormat().recognizes([UInt8](repeating: 0x89, count: 512)))
        #expect(!KerasFormat().recognizes([]))
    }
}

@Suite struct KerasPluginTests {
    @Test func registersItsFormat() throws {
        let registry = try Registry(plugins: [KerasPlugin()])
        let format = try registry.build(.weightFormat, from: "keras_hdf5")
        #expect(format.fileExtensions.contains("h5"))
    }
}
