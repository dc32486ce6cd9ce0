import Foundation
import NNLayers
import Testing

/// Transfer learning from the command line, on generated images: a backbone trained on four shapes learns two.
@Suite struct TransferTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.write(
            """
            model: {backbone: {type: resnet_cifar, depth: 8}, head: classifier}
            data:
              dataset: {type: shapes, size: 16, class_count: 4, train_count: 320, validation_count: 40}
              batch_size: 32
            optimizer: {type: sgd, lr: 0.05, momentum: 0.9}
            epochs: 1
            """, to: "pretrain.yaml")
        try folder.write(
            """
            model:
              backbone: {type: resnet_cifar, depth: 8}
              head: {type: mlp_classifier, layers: [{width: 16, dropout: 0.5}], output: sigmoid}
              weights:
                - {file: backbone.safetensors, part: backbone}
                - {file: top.safetensors, part: head}
            data:
              dataset: {type: shapes, size: 16, class_count: 2, train_count: 96, validation_count: 40, test_count: 24}
              train_transforms: [flip]
              batch_size: 16
            loss: binary_cross_entropy
            optimizer: {type: sgd, lr: 0.005, momentum: 0.1, nesterov: true}
            training: {metrics: [binary]}
            epochs: 2
            """, to: "fine.yaml")
        try folder.write(
            """
            model:
              backbone: features
              head: {type: mlp_classifier, layers: [{width: 16, dropout: 0.5}], output: sigmoid}
            data:
              dataset: {type: features, path: features.safetensors}
              batch_size: 16
            loss: binary_cross_entropy
            optimizer: {type: sgd, lr: 0.05}
            training: {metrics: [binary]}
            epochs: 5
            """, to: "top.yaml")
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome {
        let outcome = try NNTool.run(arguments, in: folder.url)
        #expect(outcome.exitCode == 0, "nn \(arguments.joined(separator: " ")): \(outcome.errors)")
        return outcome
    }

    /// Trains, and copies the best checkpoint.
    private func train(_ name: String, to file: String) throws {
        _ = try run("train", "\(name).yaml")
        let best = try #require(
            folder.contents.first { $0.hasPrefix("runs/\(name)/") && $0.hasSuffix("best.safetensors") })
        try folder.write(Data(contentsOf: folder.url.appending(path: best)), to: file)
    }

    private static let backboneOnly = "model.weights={file: backbone.safetensors, part: backbone}"

    private func scores(of config: String) throws -> [String: Double] {
        let answer = try JSONSerialization.jsonObject(with: Data(run("eval", config, "--json").output.utf8))
        let result = (answer as? [String: Any])?["result"] as? [String: Any]
        let scores = try #require(result?["scores"] as? [[String: Any]])
        return Dictionary(
            uniqueKeysWithValues: scores.map { ($0["name"] as? String ?? "", $0["value"] as? Double ?? .nan) })
    }

    @Test func aTopIsTrainedOnFeaturesAndJoinedWithTheBackbone() throws {
        try train("pretrain", to: "backbone.safetensors")
        let features = try run(
            "features", "fine.yaml", "--output", "features.safetensors", "--set", Self.backboneOnly, "--json")
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(features.output.utf8)) as? [String: Any])
        #expect(report["features"] as? Int == 64)
        let counts = (report["splits"] as? [[String: Any]])?.map { $0["samples"] as? Int }
        #expect(counts == [96, 40, 24])

        let check = try run("config", "check", "top.yaml").output
        #expect(check.contains("2 classes, 64 features") && check.contains("1,057 trainable, 0 frozen"))
        #expect(try run("summary", "top.yaml").output.contains("1,057"))
        #expect(try run("data", "check", "top.yaml").output.contains("96"))
        #expect(try run("data", "stats", "top.yaml").output.contains("64 features per sample"))
        try train("top", to: "top.safetensors")
        let top = try scores(of: "top.yaml")
        #expect(Set(top.keys).isSuperset(of: ["loss", "top1", "roc_auc", "f1"]))

        // Only the head's dropout differs as long as nothing is learned.
        try folder.write(
            """
            _base_: fine.yaml
            training: {freeze: [backbone]}
            optimizer: {lr: 1.0e-20}
            epochs: 1
            """, to: "joined.yaml")
        #expect(try run("train", "joined.yaml").output.contains("1,057 trainable, 74,640 frozen"))
        let joined = try scores(of: "joined.yaml")
        for (name, value) in top { #expect(abs((joined[name] ?? .nan) - value) < 1e-3, "\(name)") }

        let fine = try run(
            "train", "fine.yaml", "--set", "training.freeze=[backbone]", "--set",
            "training.unfreeze=[{epoch: 2, pattern: backbone.layer3}]")
        #expect(fine.output.contains("epoch 2 unfreezes backbone.layer3: "))
        #expect(fine.output.contains("weights "))
        _ = try run("data", "export", "fine.yaml", "--count", "2", "--output", "inputs")
        let run = try #require(
            folder.contents.first { $0.hasPrefix("runs/fine/") && $0.split(separator: "/").count == 3 })
        #expect(try self.run("predict", run, "inputs").output.contains("circle"))

        // A network that takes features cannot take images.
        let topRun = try #require(
            folder.contents.first { $0.hasPrefix("runs/top/") && $0.split(separator: "/").count == 3 })
        let refused = try NNTool.run(["predict", topRun, "inputs"], in: folder.url)
        #expect(refused.exitCode == 1)
        #expect(refused.errors.contains("its network takes features instead of images"), "\(refused.errors)")
    }

    @Test func featuresOfARunAreThoseOfItsBestCheckpoint() throws {
        try train("pretrain", to: "backbone.safetensors")
        let config = try run(
            "features", "fine.yaml", "--output", "a.safetensors", "--set", Self.backboneOnly, "--split", "train")
        #expect(config.output.contains("64 features per image: 96 train samples"))
        let runFolder = try #require(
            folder.contents.first { $0.hasPrefix("runs/pretrain/") && $0.split(separator: "/").count == 3 })
        _ = try run("features", runFolder, "fine.yaml", "--output", "b.safetensors", "--split", "train")
        let files = try ["a", "b"].map { try SafetensorsFile(folder.url.appending(path: "\($0).safetensors")) }
        for name in ["train/features", "train/labels"] {
            let bytes = try files.map { try $0.tensor(named: name).withUnsafeBytes { Array($0) } }
            #expect(bytes[0] == bytes[1])
        }

        // Class folders by name, and random weights with a notice.
        try folder.makeClassFolders(count: 3)
        let random = try run("features", "pretrain.yaml", "data", "--output", "c.safetensors", "--type", "bf16")
        #expect(random.errors.contains("notice: the backbone has random weights, from seed 0"))
        #expect(random.errors.contains("notice: skipping the test split"))
        let file = try SafetensorsFile(folder.url.appending(path: "c.safetensors"))
        #expect(try file.specification(named: "validation/features").shape == [6, 64])
        #expect(try file.specification(named: "train/features").dataType == .bfloat16)
        #expect(file.metadata["names.train"]?.contains("data/train/blue/0.png") == true)
    }

    @Test func nothingIsOverwrittenOrLeftHalfDone() throws {
        try folder.write("mine", to: "mine.safetensors")
        let before = folder.contents
        for (arguments, message) in [
            (["pretrain.yaml", "--output", "mine.safetensors"], "mine.safetensors exists"),
            (["pretrain.yaml", "--output", "none/f.safetensors"], "is not a writable folder"),
            (["none", "--output", "f.safetensors"], "there is no run folder"),
            (["pretrain.yaml", "none", "--output", "f.safetensors"], "none: there is no such folder"),
        ] {
            let outcome = try NNTool.run(["features"] + arguments, in: folder.url)
            #expect(outcome.exitCode == 1 && outcome.errorLines.count == 1)
            #expect(outcome.errors.contains(message), "\(outcome.errors)")
        }
        let interrupted = try NNTool.shell(
            """
            "$NN" features pretrain.yaml --output f.safetensors --set data.dataset.train_count=1000000 & pid=$!
            sleep 1; kill -TERM $pid; wait $pid
            """, in: folder.url)
        #expect(interrupted.exitCode == 143)
        #expect(folder.contents == before)
    }
}
