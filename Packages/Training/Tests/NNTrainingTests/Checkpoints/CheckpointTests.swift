import Foundation
import NNInference
import NNLayers
import NNOptimizers
import Testing

@testable import NNTraining

struct CheckpointTests {
    private func makeCheckpoint() -> Checkpoint {
        var information = CheckpointInformation()
        information.progress.epoch = 2
        information.progress.step = 24
        information.progress.scores = [MetricValue("loss", .infinity, mode: .min, split: .validation)]
        information.seed = 7
        information.data = DataDescription(classNames: ["cat", "dog"])
        let weights = StateDictionary([
            .init(name: "head.weight", tensor: Tensor((0..<6).map { Float($0) / 7 }, shape: [2, 3])),
            .init(name: "bn.num_batches_tracked", tensor: Tensor(scalar: Int64(24))),
        ])
        let state = SavedState(
            tensors: ["optimizer.momentum.head.weight": .ones([2, 3])],
            scalars: ["schedule.best": .infinity, "optimizer.update_count.head.weight": 24])
        return Checkpoint(weights: weights, trainingState: state, information: information)
    }

    @Test func everythingComesBack() throws {
        let folder = try TemporaryFolder()
        let url = folder.file("last.safetensors")
        let checkpoint = makeCheckpoint()
        try checkpoint.write(to: url)
        let read = try Checkpoint(contentsOf: url)
        #expect(read.information == checkpoint.information)
        #expect(read.trainingState.scalars == checkpoint.trainingState.scalars)
        #expect(read.trainingState.tensors["optimizer.momentum.head.weight"]?.floats == [1, 1, 1, 1, 1, 1])
        #expect(Set(read.weights.names) == ["head.weight", "bn.num_batches_tracked"])
        #expect(read.weights["head.weight"]?.floats == checkpoint.weights["head.weight"]?.floats)
        #expect(read.weights["bn.num_batches_tracked"]?.scalars(as: Int64.self) == [24])
        #expect(folder.names == ["last.safetensors"])
    }

    /// A fused ReLU would make 0 of NaN, and the network would answer as if nothing were wrong.
    @Test func weightsThatAreNoNumbersAreRefused() throws {
        let network = try TestExperiment.experiment().makeNetwork()
        var checkpoint = Checkpoint(weights: network.stateDictionary)
        try checkpoint.load(into: network)
        let name = try #require(checkpoint.weights.names.first)
        checkpoint.weights = StateDictionary(
            checkpoint.weights.entries.map { entry in
                .init(name: entry.name, tensor: entry.name == name ? entry.tensor * Float.nan : entry.tensor)
            })
        #expect {
            try checkpoint.load(into: network)
        } throws: {
            "\($0)".contains("not all values of '\(name)' are finite")
        }
        #expect(network.stateDictionary[name]?.isFinite == true)
    }

    @Test func otherClassesAreRefused() throws {
        var checkpoint = makeCheckpoint()
        checkpoint.information.data.classNames = ["cat", "dog"]
        try checkpoint.checkClasses(["cat", "dog"])
        #expect {
            try checkpoint.checkClasses(["cat", "horse"])
        } throws: {
            "\($0)".contains("class 1 was 'dog' and is 'horse'")
        }
        #expect(throws: CheckpointError.self) { try checkpoint.checkClasses(["cat"]) }
    }

    @Test func averagedWeightsArePreferredForInference() {
        var checkpoint = makeCheckpoint()
        #expect(checkpoint.weightsForInference["head.weight"]?.floats[6 - 1] == Float(5) / 7)
        checkpoint.trainingState.tensors["average.head.weight"] = .zeros([2, 3])
        #expect(checkpoint.weightsForInference["head.weight"]?.floats == [0, 0, 0, 0, 0, 0])
        #expect(checkpoint.weightsForInference["bn.num_batches_tracked"] != nil)
    }

    @Test func everyTruncationIsRefused() throws {
        let folder = try TemporaryFolder()
        let url = folder.file("last.safetensors")
        try makeCheckpoint().write(to: url)
        let bytes = try Data(contentsOf: url)
        for count in [0, 1, 7, 8, 100, bytes.count / 2, bytes.count - 25, bytes.count - 1] {
            try bytes.prefix(count).write(to: url)
            let error = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: url) }
            #expect(error?.file == url.path)
            #expect(error?.description.contains("another checkpoint") == true)
        }
    }

    @Test func everyFlippedBitIsRefused() throws {
        let folder = try TemporaryFolder()
        let url = folder.file("last.safetensors")
        try makeCheckpoint().write(to: url)
        let bytes = try Data(contentsOf: url)
        for index in stride(from: 0, to: bytes.count, by: 3) {
            var damaged = bytes
            damaged[index] ^= 0x10
            try damaged.write(to: url)
            // A space of padding between the header and the tensors may change without any effect.
            let isPadding = bytes[index] == UInt8(ascii: " ")
            guard !isPadding else { continue }
            #expect(throws: CheckpointError.self, "byte \(index)") { try Checkpoint(contentsOf: url) }
        }
    }

    @Test func foreignFilesAreRefused() throws {
        let folder = try TemporaryFolder()
        let url = folder.file("weights.safetensors")
        let missing = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: url) }
        #expect(missing?.description.contains(url.path) == true)
        try SafetensorsFile.write(tensors: [("a", .ones([2]))], metadata: ["format": "pt"], to: url)
        let foreign = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: url) }
        #expect(foreign?.reason.contains("not a checkpoint") == true)
        let metadata = ["format": "nnkit.checkpoint", "format_version": "99"]
        try SafetensorsFile.write(tensors: [("a", .ones([2]))], metadata: metadata, to: url)
        let newer = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: url) }
        #expect(newer?.reason.contains("99") == true)
    }

    @Test func otherNetworksAreRefusedWithNames() throws {
        let network = Linear(inputFeatures: 3, outputFeatures: 2)
        network.initialize(key: RandomKey(seed: 0))
        let before = network.stateDictionary["weight"]?.floats
        let checkpoint = Checkpoint(
            weights: StateDictionary([
                .init(name: "weights", tensor: .ones([2, 3])), .init(name: "bias", tensor: .ones([2])),
            ]),
            file: URL(fileURLWithPath: "/runs/best.safetensors"))
        let error = #expect(throws: CheckpointError.self) { try checkpoint.load(into: network) }
        #expect(error?.description.contains("/runs/best.safetensors") == true)
        #expect(error?.description.contains("is it 'weights'?") == true)
        #expect(network.stateDictionary["weight"]?.floats == before)
    }

    @Test func aFullDiskKeepsTheOldCheckpoint() throws {
        let folder = try TemporaryFolder()
        let url = folder.file("last.safetensors")
        try makeCheckpoint().write(to: url)
        let before = try Data(contentsOf: url)
        // A limit of the size of files fails a write in its midst, as a full disk does. No other test
        // writes a file of this size.
        let limit = 4 << 20
        signal(SIGXFSZ, SIG_IGN)
        var old = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &old)
        var new = rlimit(rlim_cur: rlim_t(limit), rlim_max: old.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &new)
        defer { setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &old) }
        var large = makeCheckpoint()
        large.trainingState.tensors["optimizer.momentum.large"] = .zeros([limit / 2])
        let error = #expect(throws: CheckpointError.self) { try large.write(to: url) }
        #expect(error?.description.contains("older checkpoint of this name is kept") == true)
        #expect(try Data(contentsOf: url) == before)
        #expect(folder.names == ["last.safetensors"])
    }
}
