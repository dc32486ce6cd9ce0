import Foundation
import NNDatasets
import Testing

/// `nn data shard`, and training from what it writes.
@Suite struct ShardTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders(count: 6)
        try folder.writeConfig()
        try folder.writeConfig("shards.yaml", dataset: "{type: shards, path: out}")
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome {
        try NNTool.run(arguments, in: folder.url)
    }

    private func contents(_ path: String = "out") -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: path).path)
        return (names ?? []).sorted()
    }

    @Test func shardsAreWrittenAndTrainedOn() throws {
        let outcome = try run("data", "shard", "tiny.yaml", "--output", "out", "--samples-per-shard", "5")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("train: 12 samples in 3 shards, 0.0 MB"))
        #expect(outcome.output.contains("dataset: {type: shards, path: out}"))
        #expect(contents().count == 13 && contents().filter { $0.hasSuffix(".tar") }.count == 6)
        let listing = try NNTool.shell("tar --list --verbose --file out/train-000002.tar", in: folder.url)
        #expect(listing.exitCode == 0 && listing.output.split(separator: "\n").count == 4, "\(listing.errors)")
        let check = try run("data", "check", "shards.yaml")
        #expect(check.exitCode == 0 && check.output.contains("12 train, 12 validation samples read"), "\(check.output)")
        let training = try run("train", "shards.yaml", "--json")
        #expect(training.exitCode == 0, "\(training.errors)")
        let json = try JSONSerialization.jsonObject(with: Data(training.output.utf8)) as? [String: Any]
        let path = try #require(json?["run"] as? String)
        let evaluation = try run("eval", path)
        #expect(evaluation.exitCode == 0 && evaluation.output.contains("12 validation samples"), "\(evaluation.errors)")
        for command in [["stats", "shards.yaml"], ["view", "shards.yaml", "--output", "v.png"]] {
            let outcome = try NNTool.run(["data"] + command, in: folder.url)
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
        }
    }

    @Test func trainingDependsOnNoNumberOfThreads() throws {
        #expect(try run("data", "shard", "tiny.yaml", "--output", "out", "--samples-per-shard", "2").exitCode == 0)
        // The buffer is smaller than the data, so that files are shuffled.
        let changes = ["--set", "data.sampler={type: shuffle, buffer: 3}"]
        func metrics(_ extra: [String]) throws -> (path: String, loss: String) {
            let outcome = try NNTool.run(["train", "shards.yaml", "--json"] + changes + extra, in: folder.url)
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
            let path = try #require(json?["run"] as? String)
            let csv = try String(contentsOf: folder.url.appending(path: "\(path)/metrics.csv"), encoding: .utf8)
            let lines = csv.split(separator: "\n").map { $0.split(separator: ",") }
            let column = try #require(lines[0].firstIndex(of: "train_loss"))
            return (path, String(lines[2][column]))
        }
        let (one, two) = (
            try metrics(["--set", "data.loader_threads=0"]), try metrics(["--set", "data.loader_threads=3"])
        )
        #expect(one.loss == two.loss && one.path != two.path)
    }

    @Test func masksAreWrittenWithTheirClasses() throws {
        let shapes = "{type: shapes, task: segmentation, size: 16, train_count: 9, validation_count: 3, test_count: 3}"
        try folder.writeConfig("shapes.yaml", dataset: shapes)
        let outcome = try run("data", "shard", "shapes.yaml", "--output", "out", "--splits", "train,test", "--json")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        #expect(json?["has_masks"] as? Bool == true && json?["ignore_index"] as? Int == 255)
        #expect(
            contents() == [
                "classes.txt", "test-000000.tar", "test-000000.tar.index", "train-000000.tar", "train-000000.tar.index",
            ])
        let check = try run(
            "data", "check", "shards.yaml", "--set", "data.dataset.validation=test-*.tar", "--set",
            "model.head=fcn")
        #expect(
            check.exitCode == 0 && check.output.contains("9 train, 3 validation, 3 test samples"), "\(check.output)")
    }

    @Test func problemsAreToldOnce() throws {
        #expect(try run("data", "shard", "tiny.yaml", "--output", "out").exitCode == 0)
        let again = try run("data", "shard", "tiny.yaml", "--output", "out")
        #expect(again.exitCode == 1 && again.errorLines.count == 1)
        #expect(again.errors.contains("it has shards already, such as train-000000.tar"))
        #expect(
            try run("data", "shard", "tiny.yaml", "--output", "out", "--overwrite", "--shard-size", "4kB").exitCode == 0
        )
        #expect(contents().count > 9)
        let clean = try run("data", "clean", "shards.yaml", "--to", "broken")
        #expect(clean.exitCode == 1 && clean.errors.contains("the samples lie in shards"))
        // Cut, without a label, and with two samples of one key.
        let file = folder.url.appending(path: "out/train-000000.tar")
        let whole = try Data(contentsOf: file)
        for (data, words) in [
            (whole.prefix(whole.count - 1000), "train-000000.tar: the shard is cut: "),
            (whole.dropFirst(1024), "has no label, .cls, but .png only"),
            (whole.prefix(2048) + whole, "train-000000.tar: two samples have the key"),
        ] {
            try data.write(to: file)
            let outcome = try run("train", "shards.yaml")
            #expect(outcome.exitCode == 1 && outcome.errorLines.count == 1 && outcome.errors.contains(words))
        }
        for arguments in [
            ["--samples-per-shard", "0"], ["--shard-size", "large"], ["--splits", "all"],
            ["--samples-per-shard", "3", "--shard-size", "1GB"],
        ] {
            let outcome = try NNTool.run(["data", "shard", "tiny.yaml", "--output", "x"] + arguments, in: folder.url)
            #expect(outcome.exitCode != 0 && contents("x").isEmpty)
        }
        try folder.writeConfig("flags.yaml", dataset: "{type: shapes, task: multi_label, size: 16}")
        let flags = try run("data", "shard", "flags.yaml", "--output", "x")
        #expect(flags.exitCode == 1 && flags.errors.contains("and shards hold a class or a mask for each image"))
    }
}
