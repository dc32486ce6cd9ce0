import Foundation
import Testing

/// `nn quantize`, and what other commands say about its runs.
@Suite struct QuantizeTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders()
        try folder.writeConfig()
        let outcome = try NNTool.run(["train", "tiny.yaml", "--skip-data-check"], in: folder.url)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome { try NNTool.run(arguments, in: folder.url) }

    /// The folders of runs of a configuration.
    private func runs(_ name: String) -> [String] {
        folder.contents.filter { $0.hasPrefix("runs/\(name)/") && $0.split(separator: "/").count == 3 }.sorted()
    }

    private func quantized() throws -> String {
        let outcome = try run("quantize", "tiny.yaml", "--images", "8")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("fp32") && outcome.output.contains("signal to noise"), "\(outcome.output)")
        return try #require(runs("tiny-int8").first)
    }

    @Test func otherCommandsUseTheRun() throws {
        let path = try quantized()
        #expect(folder.contents.filter { $0.hasPrefix("runs/tiny-int8/") && $0.contains(".tmp") } == [])
        let files = Set(folder.contents.filter { $0.hasPrefix(path + "/") }.map { $0.dropFirst(path.count + 1) })
        #expect(files == ["best.safetensors", "classes.txt", "config.yaml", "data.json"])
        let evaluation = try run("eval", path, "--json")
        #expect(evaluation.exitCode == 0, "\(evaluation.errors)")
        #expect(try run("eval", path, "--json").output.contains("top1"))
        let prediction = try run("predict", path, "data/validation/red/0.png")
        #expect(prediction.exitCode == 0 && prediction.output.contains("red"), "\(prediction.errors)")
        let bench = try run("bench", path, "--mode", "infer", "--steps", "1", "--size", "16")
        #expect(bench.exitCode == 0, "\(bench.errors)")
        let export = try run("export", path, "--output", "network.onnx")
        #expect(export.exitCode == 0, "\(export.errors)")
        let size = try Data(contentsOf: folder.url.appending(path: path + "/best.safetensors")).count
        // Checkpoints of training hold the state of the optimizer, too; this one has a byte for each of 75,000 weights.
        #expect((75_000..<110_000).contains(size), "\(size)")
    }

    @Test func theRunIsNotTrained() throws {
        let path = try quantized()
        for arguments in [
            ["train", "--resume", path], ["train", "--resume", path, "--fallback"], ["quantize", path],
            ["bench", path, "--mode", "train"],
        ] {
            let outcome = try NNTool.run(arguments, in: folder.url)
            #expect(outcome.exitCode == 1 && outcome.errorLines.count == 1, "\(outcome.errors)")
            #expect(outcome.errors.contains("quantized"), "\(arguments): \(outcome.errors)")
        }
        #expect(runs("tiny-int8").count == 1)
    }

    @Test func calibrationIsRepeatable() throws {
        let path = try quantized()
        let again = try run("quantize", "tiny.yaml", "--images", "8")
        #expect(again.exitCode == 0, "\(again.errors)")
        let weights = try runs("tiny-int8").map {
            try Data(contentsOf: folder.url.appending(path: $0 + "/best.safetensors"))
        }
        #expect(weights.count == 2 && weights[0] == weights[1] && runs("tiny-int8").contains(path))
        let kept = try run(
            "quantize", "tiny.yaml", "--images", "8", "--calibration", "percentile", "--percentile", "99.9", "--keep",
            "head", "--json")
        #expect(kept.exitCode == 0 && kept.output.contains("head"), "\(kept.errors)")
    }

    @Test(
        arguments: [
            (["--images", "0"], 2, "--images must be"), (["--images", "many"], 2, "--images"),
            (["--percentile", "99"], 2, "requires --calibration percentile"),
            (["--calibration", "percentile", "--percentile", "40"], 2, "above 50"), (["--keep", "hat"], 1, "'hat'"),
            (["nothing"], 1, "nothing"),
            (["--checkpoint", "last", "--set", "data.dataset.path=nowhere"], 1, "nowhere"),
        ] as [([String], Int32, String)]) func refusesWrongArguments(
            _ arguments: [String], _ code: Int32, _ words: String
        ) throws
    {
        let outcome = try NNTool.run(["quantize", "tiny.yaml"] + arguments, in: folder.url)
        #expect(outcome.exitCode == code && outcome.errors.contains(words), "\(outcome.errors)")
        #expect(runs("tiny-int8").isEmpty)
    }

    @Test func aConfigurationWithoutRunIsNamed() throws {
        try folder.writeConfig("other.yaml")
        let outcome = try run("quantize", "other.yaml")
        #expect(outcome.exitCode == 1 && outcome.errors.contains("train it first"), "\(outcome.errors)")
    }

    @Test(arguments: [0.1, 0.4, 0.8]) func anInterruptionLeavesNothing(_ seconds: Double) throws {
        try folder.makeClassFolders(count: 200, size: 64)
        let before = folder.contentsBesideDataChecks
        // SIGTERM: a shell without job control lets its background processes ignore SIGINT.
        let outcome = try NNTool.shell(
            "$NN quantize tiny.yaml & pid=$!; sleep \(seconds); kill -TERM $pid; wait $pid", in: folder.url)
        // It may have ended before.
        #expect([0, 143].contains(outcome.exitCode), "\(outcome.errors)")
        if outcome.exitCode != 0 { #expect(folder.contentsBesideDataChecks == before) }
    }
}
