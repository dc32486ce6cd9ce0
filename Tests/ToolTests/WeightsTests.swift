import Foundation
import NNLayers
import Testing

/// Weight files: inspected, imported, and used to start training.
@Suite struct WeightsTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders(count: 4)
        try folder.writeConfig()
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome {
        try NNTool.run(arguments, in: folder.url)
    }

    /// Trains, and returns the path of the best checkpoint and its scores.
    private func trainedCheckpoint() throws -> (path: String, scores: String) {
        let outcome = try run("train", "tiny.yaml")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let path = try #require(folder.contents.first { $0.hasSuffix("best.safetensors") })
        return (path, try scores(of: String(path.dropLast("/best.safetensors".count))))
    }

    /// The scores of an evaluation of a run.
    private func scores(of run: String) throws -> String {
        let outcome = try self.run("eval", run, "--json")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let answer = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        let scores = try #require((answer?["result"] as? [String: Any])?["scores"])
        let data = try JSONSerialization.data(withJSONObject: scores, options: [.sortedKeys, .fragmentsAllowed])
        return String(decoding: data, as: UTF8.self)
    }

    /// The checkpoint's weights in a file with the names of another framework.
    private func writePort(of checkpoint: String, to path: String) throws {
        let file = try SafetensorsFile(folder.url.appending(path: checkpoint))
        let tensors = try file.names.filter { !$0.hasPrefix("training/") }.map { name in
            (
                name: name.replacing("backbone.", with: "").replacing("head.", with: "top_"),
                tensor: try file.tensor(named: name)
            )
        }
        try SafetensorsFile.write(tensors: tensors, to: folder.url.appending(path: path))
        try folder.write("# A port.\ntop_*  head.*\n*  backbone.*\n", to: "port.map")
    }

    @Test func anImportedNetworkPredictsAsTheOneItComesFrom() throws {
        let (checkpoint, scores) = try trainedCheckpoint()
        try writePort(of: checkpoint, to: "port.safetensors")

        let inspection = try run("weights", "inspect", "port.safetensors", "--values")
        #expect(inspection.exitCode == 0, "\(inspection.errors)")
        #expect(inspection.output.contains("conv1.weight") && inspection.output.contains("[16, 3, 3, 3]"))

        let refused = try run(
            "weights", "import", "port.safetensors", "--into", "tiny.yaml", "--output", "x.safetensors")
        #expect(refused.exitCode == 1)
        #expect(
            refused.errors.contains("unexpected") && refused.errors.contains("which fit best"), "\(refused.errors)")
        #expect(!folder.contents.contains("x.safetensors"))

        let imported = try run(
            "weights", "import", "port.safetensors", "--into", "tiny.yaml", "--names", "port.map", "--output",
            "imported.safetensors", "--run", "--runs", "imported")
        #expect(imported.exitCode == 0, "\(imported.errors)")
        let best = try #require(folder.contents.first { $0.hasPrefix("imported/") && $0.hasSuffix("best.safetensors") })
        #expect(try self.scores(of: String(best.dropLast("/best.safetensors".count))) == scores)

        let same = try run("weights", "diff", "imported.safetensors", checkpoint)
        #expect(same.exitCode == 0, "\(same.output)")
        let other = try run("weights", "diff", "imported.safetensors", "port.safetensors")
        #expect(other.exitCode == 1)
        #expect(other.output.contains("only in port.safetensors: conv1.weight"), "\(other.output)")
    }

    @Test func trainingBeginsWithWeightsAndResumesWithoutThem() throws {
        let (checkpoint, _) = try trainedCheckpoint()
        try FileManager.default.copyItem(
            at: folder.url.appending(path: checkpoint), to: folder.url.appending(path: "first.safetensors"))
        try folder.write(
            "_base_: tiny.yaml\nmodel: {weights: {file: first.safetensors, part: backbone}}\n", to: "second.yaml")
        let twice = try run(
            "config", "check", "second.yaml", "--set", "model.weights=[first.safetensors, first.safetensors]")
        #expect(twice.exitCode == 1)
        #expect(twice.errors.contains("which first.safetensors has too"))
        let trained = try run("train", "second.yaml", "--set", "optimizer.lr=1e-12", "--set", "epochs=1")
        #expect(trained.exitCode == 0, "\(trained.errors)")
        #expect(trained.output.contains("tensors of first.safetensors for backbone"), "\(trained.output)")
        let last = try #require(
            folder.contents.first { $0.hasPrefix("runs/second/") && $0.hasSuffix("last.safetensors") })
        let (before, after) = try (
            SafetensorsFile(folder.url.appending(path: "first.safetensors")),
            SafetensorsFile(folder.url.appending(path: last))
        )
        let (backbone, head) = ("backbone.conv1.weight", "head.fc.weight")
        #expect(try before.tensor(named: backbone).floats == after.tensor(named: backbone).floats)
        #expect(try before.tensor(named: head).floats != after.tensor(named: head).floats)

        try FileManager.default.removeItem(at: folder.url.appending(path: "first.safetensors"))
        let resumed = try run(
            "train", "--resume", String(last.dropLast("/last.safetensors".count)), "--set", "epochs=2")
        #expect(resumed.exitCode == 0, "\(resumed.errors)")
    }

    @Test(arguments: [
        ("missing.safetensors", "missing.safetensors"), ("{file: tiny.yaml}", "of no known format"),
        ("{file: other.safetensors}", "backbone.conv1.weight"), ("{fiel: x}", "did you mean 'file'"),
        ("{file: other.safetensors, part: neck}", "must be one of backbone, head"),
        ("{file: other.safetensors, names: nowhere}", "neither a registered name map nor a file"),
    ])
    func weightsThatDoNotFitAreRefusedBeforeTraining(weights: String, message: String) throws {
        try SafetensorsFile.write(
            tensors: [("stem.weight", Tensor.ones([2]))], to: folder.url.appending(path: "other.safetensors"))
        try folder.write("_base_: tiny.yaml\nmodel:\n  weights: \(weights)\n", to: "bad.yaml")
        let before = folder.contentsBesideDataChecks
        for command in ["train", "config check"] {
            let outcome = try NNTool.run(command.split(separator: " ").map(String.init) + ["bad.yaml"], in: folder.url)
            #expect(outcome.exitCode == 1)
            #expect(outcome.errors.contains(message) && outcome.errors.contains("bad.yaml:3:"), "\(outcome.errors)")
        }
        #expect(folder.contentsBesideDataChecks == before)
    }

    private func weights(_ arguments: String...) throws -> NNTool.Outcome {
        try NNTool.run(["weights"] + arguments, in: folder.url)
    }

    /// Names of Keras there and back, without its counts of batches; and not for a network that pads otherwise.
    @Test func exportsNamesOfKerasAndReadsThemAgain() throws {
        try folder.write(
            """
            _base_: tiny.yaml
            model:
              backbone:
                type: mobilenet
                version: 1
                width: 0.25
                strided_padding: tensorflow
                normalization: {type: batch_norm, epsilon: 0.001}
            """, to: "keras.yaml")
        let trained = try run("train", "keras.yaml", "--set", "epochs=1")
        try #require(trained.exitCode == 0, "\(trained.errors)")
        let best = try #require(
            folder.contents.first { $0.hasPrefix("runs/keras/") && $0.hasSuffix("best.safetensors") })
        let path = String(best.dropLast("/best.safetensors".count))
        let exported = try weights(
            "export", path, "--names", "keras_mobilenet_v1", "--output", "k.safetensors")
        #expect(exported.exitCode == 0, "\(exported.errors)")
        #expect(exported.output.contains("left out: 27 counts of batches"), "\(exported.output)")
        let back = try weights(
            "import", "k.safetensors", "--into", "keras.yaml", "--output", "back.safetensors")
        #expect(back.exitCode == 0, "\(back.errors)")
        #expect(back.output.contains("with the names of keras_mobilenet_v1"), "\(back.output)")
        #expect(back.output.contains("note: published weights with these names expect images by data.normalize"))
        let difference = try weights("diff", "back.safetensors", best)
        #expect(!difference.output.contains("largest difference") && difference.output.contains("are equal"))

        let other = try weights("export", path, "--names", "timm_mobilenet_v1", "--output", "t.safetensors")
        #expect(other.exitCode == 0)
        #expect(
            other.errors.contains("strided_padding: symmetric, and the network has tensorflow"), "\(other.errors)")

        let symmetric = ["--set", "model.backbone.strided_padding=symmetric"]
        let wrong = try NNTool.run(
            ["weights", "import", "k.safetensors", "--into", "keras.yaml", "--output", "w.safetensors"] + symmetric,
            in: folder.url)
        #expect(wrong.exitCode == 1 && !folder.contents.contains("w.safetensors"))
        #expect(wrong.errors.contains("{strided_padding: tensorflow}"), "\(wrong.errors)")
        let taken = try NNTool.run(
            ["weights", "import", "k.safetensors", "--into", "keras.yaml", "--output", "w.safetensors", "--force"]
                + symmetric, in: folder.url)
        #expect(taken.exitCode == 0 && taken.output.contains("forced, although trained with"), "\(taken.errors)")
        for (force, code) in [("", 1), (", force: true", 0)] as [(String, Int32)] {
            let checked = try NNTool.run(
                ["config", "check", "keras.yaml", "--set", "model.weights={file: k.safetensors\(force)}"] + symmetric,
                in: folder.url)
            #expect(checked.exitCode == code, "\(checked.errors)")
        }
    }

    /// A line that drops what its star stands for can only be read; a map of a backbone has no name for the head.
    @Test func saysWhyANameCannotBeWritten() throws {
        try SafetensorsFile.write(
            tensors: [("backbone.a.weight", Tensor.ones([2])), ("head.fc.weight", Tensor.ones([2]))],
            to: folder.url.appending(path: "own.safetensors"))
        try folder.write("layer*  backbone.a.weight\nfc.weight  head.fc.weight\n", to: "read.map")
        let lost = try weights("export", "own.safetensors", "--names", "read.map", "--output", "x.safetensors")
        #expect(lost.exitCode == 1)
        #expect(lost.errors.contains("can be read with 'read.map' and not written"), "\(lost.errors)")
        try folder.write("a.*  backbone.a.*\n", to: "part.map")
        let all = try weights("export", "own.safetensors", "--names", "part.map", "--output", "x.safetensors")
        #expect(all.exitCode == 1 && all.errors.contains("--part backbone"), "\(all.errors)")
        let part = try weights(
            "export", "own.safetensors", "--names", "part.map", "--output", "x.safetensors", "--part", "backbone")
        #expect(part.exitCode == 0, "\(part.errors)")
        #expect(try SafetensorsFile(folder.url.appending(path: "x.safetensors")).names == ["a.weight"])
        // The file of a part, as import writes it, is exported as that part.
        try FileManager.default.moveItem(
            at: folder.url.appending(path: "x.safetensors"), to: folder.url.appending(path: "backbone.safetensors"))
        for (part, code) in [(["--part", "backbone"], 0), ([], 1)] as [([String], Int32)] {
            let again = try NNTool.run(
                ["weights", "export", "backbone.safetensors", "--names", "part.map", "--output", "y.safetensors"]
                    + part,
                in: folder.url)
            #expect(again.exitCode == code, "\(again.errors)")
        }
        #expect(try SafetensorsFile(folder.url.appending(path: "y.safetensors")).names == ["a.weight"])
    }

    @Test func choosesTheWeightsOfACheckpoint() throws {
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Packages/Weights/Tests/NNWeightsTests/Fixtures/PyTorch").standardizedFileURL
        let path = fixtures.appending(path: "ema_torchvision.pth").path
        let listed = try weights("inspect", path)
        #expect(listed.output.contains("weights in this checkpoint: model, model_ema (listed here)"))
        #expect(listed.output.contains("n_averaged: 12"))
        let chosen = try weights("inspect", path, "--state", "model")
        #expect(chosen.output.contains("model (listed here), model_ema"), "\(chosen.errors)")
        let wrong = try weights("inspect", path, "--state", "teacher")
        #expect(wrong.exitCode == 1 && wrong.errors.contains("it has 'model', 'model_ema'"), "\(wrong.errors)")
        let skipped = try weights("inspect", fixtures.appending(path: "objects_protocol_4.pth").path)
        #expect(skipped.exitCode == 0 && skipped.output.contains("skipped unread: objects of argparse.Namespace"))
        try folder.write(
            "_base_: tiny.yaml\nmodel:\n  weights: {file: '\(path)', state: teacher}\n", to: "state.yaml")
        let refused = try run("config", "check", "state.yaml")
        #expect(refused.exitCode == 1 && refused.errors.contains("has no state 'teacher'"), "\(refused.errors)")
    }
}
