import Foundation
import NNLayers
import Testing

/// Training, evaluation and prediction from the command line.
@Suite struct TrainingTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders()
        try folder.writeConfig()
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome {
        try NNTool.run(arguments, in: folder.url)
    }

    /// The only run folder, relative to the work folder.
    private func runFolder() throws -> String {
        let runs = folder.contents.filter { $0.hasPrefix("runs/tiny/") && $0.split(separator: "/").count == 3 }
        #expect(runs.count == 1)
        return try #require(runs.first)
    }

    @Test func trainsEvaluatesAndPredicts() throws {
        let training = try run("train", "tiny.yaml", "--json")
        #expect(training.exitCode == 0, "\(training.errors)")
        let result = try decode(TrainingResult.self, training)
        let runFolder = try runFolder()
        #expect(result.run == runFolder)
        #expect(result.summary.ending == "completed")
        for file in ["config.yaml", "metrics.csv", "metrics.jsonl", "last.safetensors", "best.safetensors"] {
            #expect(folder.contents.contains("\(runFolder)/\(file)"))
        }

        let evaluation = try decode(EvaluationOutput.self, run("eval", runFolder, "--json"))
        #expect(evaluation.result.sampleCount == 16)
        #expect(evaluation.result.scores.map(\.name) == ["loss", "top1"])
        let names = evaluation.result.details.map(\.name)
        for name in ["accuracy", "error", "macro_f1", "weighted_precision", "balanced_accuracy", "ece"] {
            #expect(names.contains(name), "\(name)")
        }
        let rows = evaluation.tables.classification
        #expect(rows.dropLast(3).reduce(0) { $0 + $1.support } == 16 && rows.last?.class == "micro average")
        #expect(evaluation.confusion.counts.joined().reduce(0, +) == 16)
        let classes = try String(
            contentsOf: folder.url.appending(path: "\(runFolder)/classification_validation.csv"), encoding: .utf8)
        #expect(classes.hasPrefix("class,support,precision,recall,f1\n") && classes.contains("\nmacro average,16,"))
        let csv = try run("eval", runFolder, "--csv").output.split(separator: "\n")
        #expect(csv[0] == "score,value,unit" && csv[2].hasPrefix("top1,") && csv[2].hasSuffix(",percent"))
        // No score depends on the size of batches.
        let other = try decode(
            EvaluationOutput.self, run("eval", runFolder, "--json", "--set", "data.validation_batch_size=3"))
        for (score, expected) in zip(other.result.scores, evaluation.result.scores) {
            #expect(abs(score.value - expected.value) < 1e-5 * max(1, expected.value))
        }
        // The latest run of the configuration is the same one.
        let latest = try decode(EvaluationOutput.self, run("eval", "tiny.yaml", "--json"))
        #expect(latest.result.scores.map(\.value) == evaluation.result.scores.map(\.value))

        let prediction = try run("predict", runFolder, "data/validation/red", "data/validation/blue/3.png", "--json")
        let images = try decode([PredictionOutput].self, prediction)
        #expect(images.map(\.image) == (0..<8).map { "data/validation/red/\($0).png" } + ["data/validation/blue/3.png"])
        for image in images {
            #expect(Set(image.classes.map(\.name)) == ["red", "blue"])
            let probabilities = image.classes.map(\.probability)
            #expect(abs(probabilities.reduce(0, +) - 1) < 1e-3)
            #expect(image.classes[0].probability >= image.classes[1].probability)
        }
    }

    @Test func predictsAsTextAndAsCommaSeparatedValues() throws {
        #expect(try run("train", "tiny.yaml", "--set", "epochs=1").exitCode == 0)
        let runFolder = try runFolder()
        let table = try run("predict", runFolder, "data/validation/red/0.png", "--top", "1")
        #expect(table.output.split(separator: "\n").count == 3)
        let csv = try run("predict", runFolder, "data/validation/red/0.png", "--csv").output
        #expect(csv.hasPrefix("image,rank,index,class,probability\ndata/validation/red/0.png,1,"))
        #expect(csv.split(separator: "\n").count == 3)
    }

    @Test func oneBrokenImageDoesNotHideTheOthers() throws {
        #expect(try run("train", "tiny.yaml", "--set", "epochs=1").exitCode == 0)
        try folder.write(Data(), to: "broken.png")
        let outcome = try run("predict", runFolder(), "broken.png", "data/validation/red/0.png", "--json")
        #expect(outcome.exitCode == 1)
        #expect(outcome.errorLines.count == 1)
        #expect(outcome.errors.contains("broken.png: "))
        #expect(try decode([PredictionOutput].self, outcome).map(\.image) == ["data/validation/red/0.png"])
    }

    /// The weights are the same bits whether or not training was interrupted on the way.
    @Test func anInterruptedRunGoesOnToTheSameWeights() throws {
        try folder.writeConfig("tiny.yaml", changes: "seed: 3")
        #expect(try run("train", "tiny.yaml", "--set", "epochs=100", "--output", "whole").exitCode == 0)
        // SIGTERM: a shell without job control lets its background processes ignore SIGINT.
        let interrupted = try NNTool.shell(
            """
            "$NN" train tiny.yaml --set epochs=100 > log.txt 2>&1 & pid=$!
            while ! grep -q 'epoch   1/100' log.txt; do sleep 0.05; done
            kill -TERM $pid; wait $pid
            """, in: folder.url)
        #expect(interrupted.exitCode == 143)
        let log = try String(contentsOf: folder.url.appending(path: "log.txt"), encoding: .utf8)
        let runFolder = try runFolder()
        #expect(log.contains("to resume: nn train --resume \(runFolder)"))
        let resumed = try run("train", "--resume", runFolder)
        #expect(resumed.exitCode == 0, "\(resumed.errors)")
        let whole = try #require(folder.contents.first { $0.hasPrefix("whole/") && $0.hasSuffix("/last.safetensors") })
        #expect(try tensors(of: "\(runFolder)/last.safetensors") == tensors(of: whole))
    }

    /// A process may end between the best checkpoint of the first epoch and the last one.
    @Test func theBestCheckpointServesWhereThereIsNoOther() throws {
        #expect(try run("train", "tiny.yaml", "--set", "epochs=1").exitCode == 0)
        let runFolder = try runFolder()
        try FileManager.default.removeItem(at: folder.url.appending(path: "\(runFolder)/last.safetensors"))
        let resumed = try run("train", "--resume", runFolder, "--set", "epochs=2")
        #expect(resumed.exitCode == 0, "\(resumed.errors)")
        #expect(resumed.errors.contains("notice: continuing from best.safetensors, step "), "\(resumed.errors)")
        #expect(resumed.output.contains("completed 2 epochs"), "\(resumed.output)")
    }

    @Test func aDamagedCheckpointIsReplacedByAnOlderOne() throws {
        #expect(try run("train", "tiny.yaml", "--set", "training.keep_last=2").exitCode == 0)
        let runFolder = try runFolder()
        let last = folder.url.appending(path: "\(runFolder)/last.safetensors")
        let good = try tensors(of: "\(runFolder)/last.safetensors")
        try FileManager.default.removeItem(at: last)
        try Data("nothing".utf8).write(to: last)
        try Data().write(to: folder.url.appending(path: "\(runFolder)/.last.safetensors.0123ABCD.tmp"))
        let refused = try run("train", "--resume", runFolder)
        #expect(refused.exitCode == 1)
        #expect(refused.errors.contains("nn train --resume \(runFolder) --fallback"), "\(refused.errors)")
        let resumed = try run("train", "--resume", runFolder, "--fallback")
        #expect(resumed.exitCode == 0 && resumed.errors.contains("notice: continuing from "), "\(resumed.errors)")
        #expect(try tensors(of: "\(runFolder)/last.safetensors") == good)
        #expect(!folder.contents.contains { $0.hasSuffix(".tmp") })
    }

    @Test func aRunWithoutACheckpointStartsAgain() throws {
        #expect(try run("train", "tiny.yaml", "--set", "epochs=1").exitCode == 0)
        let runFolder = try runFolder()
        for name in ["last", "best"] {
            try FileManager.default.removeItem(at: folder.url.appending(path: "\(runFolder)/\(name).safetensors"))
        }
        let outcome = try run("train", "--resume", runFolder)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("it starts from the beginning"), "\(outcome.errors)")
        #expect(folder.contents.contains("\(runFolder)/last.safetensors"))
    }

    @Test func trainingEndsInTime() throws {
        let outcome = try run("train", "tiny.yaml", "--set", "epochs=1000000", "--set", "training.max_time=1 seconds")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("to resume: nn train --resume \(try runFolder())"), "\(outcome.output)")
    }

    /// A closed pipe, as of `head`, must not cost the training so far.
    @Test func aClosedOutputEndsTrainingWithACheckpoint() throws {
        let outcome = try NNTool.shell(
            "\"$NN\" train tiny.yaml --set epochs=1000 | head -n 1", in: folder.url)
        #expect(outcome.exitCode == 0)
        let runFolder = try runFolder()
        #expect(folder.contents.contains("\(runFolder)/last.safetensors"))
        #expect(outcome.errors.contains("error: standard output"), "\(outcome.errors)")
    }

    @Test func theEndOfTheTerminalIsAnInterruption() throws {
        let interrupted = try NNTool.shell(
            """
            "$NN" train tiny.yaml --set epochs=1000 > log.txt 2>&1 & pid=$!
            while ! grep -q 'epoch    1/1000' log.txt; do sleep 0.05; done
            "$NN" train tiny.yaml --resume > second.txt 2>&1
            echo "second $?"
            kill -HUP $pid; wait $pid
            """, in: folder.url)
        #expect(interrupted.exitCode == 129)
        #expect(folder.contents.contains("\(try runFolder())/last.safetensors"))
        // Meanwhile the folder is locked.
        let second = try String(contentsOf: folder.url.appending(path: "second.txt"), encoding: .utf8)
        #expect(interrupted.output.contains("second 1") && second.contains("another process is training"), "\(second)")
    }

    @Test func aRunKeepsItsSeedAndItsConfiguration() throws {
        #expect(try run("train", "tiny.yaml", "--set", "epochs=1", "--seed", "5").exitCode == 0)
        let config = "\(try runFolder())/config.yaml"
        let before = try String(contentsOf: folder.url.appending(path: config), encoding: .utf8)
        #expect(before.contains("seed: 5"))
        let refused = try run("train", "tiny.yaml", "--resume", "--seed", "6")
        #expect(refused.exitCode == 1 && refused.errors.contains("the run has the seed 5"), "\(refused.errors)")
        #expect(try String(contentsOf: folder.url.appending(path: config), encoding: .utf8) == before)
        let resumed = try run("train", "tiny.yaml", "--resume")
        #expect(resumed.exitCode == 0 && resumed.errors.contains("epochs"), "\(resumed.errors)")
    }

    @Test func scoresAreToldWhereTheFolderCannotBeWritten() throws {
        #expect(try run("train", "tiny.yaml", "--set", "epochs=1").exitCode == 0)
        let runFolder = try runFolder()
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "\(runFolder)/confusion_validation.csv/x"), withIntermediateDirectories: true
        )
        let outcome = try run("eval", runFolder)
        #expect(outcome.exitCode == 0 && outcome.output.contains("top1"))
        #expect(
            outcome.errors.contains("notice: the tables were not written to the run folder: ")
                && !outcome.errors.contains("error: "), "\(outcome.errors)")
    }

    @Test(arguments: ["epochs", "training.accumulate", "data.batch_size"])
    func numbersBeyondAllSenseAreRefused(_ key: String) throws {
        let outcome = try run("train", "tiny.yaml", "--set", "\(key)=9223372036854775807")
        #expect(outcome.exitCode == 1 && outcome.errors.contains("must be at most"), "\(outcome.errors)")
        #expect(!folder.contents.contains { $0.hasPrefix("runs/") })
    }

    /// The bytes of every tensor of a file, by name.
    private func tensors(of path: String) throws -> [String: [UInt8]] {
        let file = try SafetensorsFile(folder.url.appending(path: path))
        return Dictionary(
            uniqueKeysWithValues: try file.names.map { name in
                (name, try file.tensor(named: name).withUnsafeBytes { Array($0) })
            })
    }

    @Test func aResumedRunIsTheLatestOfItsConfiguration() throws {
        #expect(try run("train", "tiny.yaml", "--set", "epochs=1").exitCode == 0)
        let runFolder = try runFolder()
        let outcome = try decode(TrainingResult.self, run("train", "tiny.yaml", "--resume", "--json"))
        #expect(outcome.run == runFolder)
        #expect(outcome.summary.progress.epoch == 2)
    }

    @Test func otherNamesOfTheCommandsWork() throws {
        #expect(try run("fit", "tiny.yaml", "--set", "epochs=1").exitCode == 0)
        #expect(try run("val", "tiny.yaml").exitCode == 0)
        #expect(try run("test", "tiny.yaml").exitCode == 0)
    }

    @Test func seedsMakeDifferentRuns() throws {
        var losses: [Double] = []
        for seed in ["1", "1", "2"] {
            #expect(try run("train", "tiny.yaml", "--seed", seed, "--set", "epochs=1").exitCode == 0)
            let evaluation = try decode(EvaluationOutput.self, run("eval", "tiny.yaml", "--json"))
            losses.append(try #require(evaluation.result.scores.first).value)
        }
        #expect(losses[0] == losses[1])
        #expect(losses[0] != losses[2])
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ outcome: NNTool.Outcome) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(outcome.output.utf8))
    }

    private struct TrainingResult: Decodable {
        struct Summary: Decodable {
            struct Progress: Decodable { let epoch: Int }
            let ending: String
            let progress: Progress
        }
        let run: String
        let summary: Summary
    }

    private struct EvaluationOutput: Decodable {
        struct Result: Decodable {
            struct Score: Decodable {
                let name: String
                let value: Double
            }
            let scores: [Score]
            let details: [Score]
            let sampleCount: Int
        }
        struct Row: Decodable {
            let `class`: String
            let support: Int
            let precision: Double?
            let f1: Double?
        }
        struct Tables: Decodable { let classification: [Row] }
        struct Confusion: Decodable { let counts: [[Int]] }
        let result: Result
        let tables: Tables
        let confusion: Confusion
    }

    private struct PredictionOutput: Decodable {
        struct Class: Decodable {
            let name: String
            let probability: Double
        }
        let image: String
        let classes: [Class]
    }
}
