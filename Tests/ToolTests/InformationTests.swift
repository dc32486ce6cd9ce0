import Foundation
import Testing

/// The commands that describe networks, configurations and the machine.
@Suite struct InformationTests {
    private func run(_ arguments: String...) throws -> NNTool.Outcome {
        try NNTool.run(arguments, in: NNTool.repository)
    }

    private func json(_ outcome: NNTool.Outcome) throws -> [String: Any] {
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        return try #require(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    }

    /// The published numbers of parameters (for ResNet-50 with biases of Keras, which counts statistics).
    @Test(arguments: [
        (["resnet20_cifar10.yaml", "--classes", "10", "--size", "32"], "parameters", 269_722),
        (["resnet56_cifar10.yaml", "--classes", "10", "--size", "32"], "parameters", 853_018),
        (["resnet50.yaml", "--classes", "1000", "--size", "224"], "parameters", 25_557_032),
        (["vovnet57_imagenet.yaml", "--classes", "999", "--size", "224"], "parameters", 31_429_159),
        (["vovnet57_jpu_ade20k.yaml", "--classes", "151", "--size", "320x480"], "parameters", 45_125_591),
        (["xception_cats_dogs.yaml", "--classes", "2", "--size", "299"], "parameters", 21_364_521),
        (["segnet64_voc.yaml", "--classes", "22", "--size", "64"], "parameters", 4_473_398),
        (["fcn64_voc.yaml", "--classes", "22", "--size", "64"], "parameters", 4_528_822),
        (["segnet_camvid.yaml", "--classes", "11", "--size", "360x480"], "parameters", 29_441_419),
        (
            ["resnet50.yaml", "--classes", "1000", "--size", "224", "--set", "model.backbone.conv_bias=true"],
            "parameters_with_statistics", 25_636_712
        ),
    ])
    func summariesHaveThePublishedCounts(_ arguments: [String], _ key: String, _ count: Int) throws {
        let file = "Examples/Configs/" + arguments[0]
        let outcome = try NNTool.run(
            ["summary", file, "--json"] + arguments.dropFirst(), in: NNTool.repository)
        let summary = try json(outcome)
        #expect(summary[key] as? Int == count)
        let layers = try #require(summary["layers"] as? [[String: Any]])
        #expect(layers.reduce(0) { $0 + ($1["parameters"] as? Int ?? 0) } == summary["parameters"] as? Int)
    }

    @Test func aSummaryIsATable() throws {
        let output = try run("summary", "Examples/Configs/shapes.yaml").output
        #expect(output.contains("layer1.0.conv1+bn1"))
        #expect(output.contains("[1, 8, 8, 64]"))
    }

    @Test func bothModesAreMeasured() throws {
        for mode in ["train", "infer"] {
            let report = try json(
                run("bench", "Examples/Configs/shapes.yaml", "--mode", mode, "--batch", "2", "--steps", "2", "--json"))
            #expect(report["mode"] as? String == mode)
            #expect(report["batch"] as? Int == 2)
            let times = try #require(report["milliseconds"] as? [String: Double])
            #expect(times["count"] == 2)
            let inOrder = try ["minimum", "median", "maximum"].map { try #require(times[$0]) }
            #expect(inOrder[0] > 0)
            #expect(inOrder == inOrder.sorted())
            #expect((report["peak_tensor_bytes"] as? Int ?? 0) > 0)
            #expect((report["first_milliseconds"] as? Double ?? 0) > 0)
            #expect((report["peak_process_mib"] as? Double ?? 0) > 1)
        }
        // Options after which an argument could follow leave the configuration alone.
        _ = try json(run("bench", "--json", "Examples/Configs/shapes.yaml", "--batch", "2", "--steps", "1"))
    }

    @Test(arguments: ["train", "infer"])
    func profilesAreWrittenAndCompared(_ mode: String) throws {
        let folder = try WorkFolder()
        let config = NNTool.repository.appending(path: "Examples/Configs/shapes.yaml").path
        let options = ["--mode", mode, "--batch", "2", "--steps", "2", "--profile"]
        let profile = try NNTool.run(["bench", config, "--json", "a.json"] + options, in: folder.url)
        #expect(profile.exitCode == 0, "\(profile.errors)")
        let lines = profile.output.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 100 })
        for text in ["conv2d 3x3", "between operations", "total"] { #expect(profile.output.contains(text)) }
        #expect(profile.output.contains("by weight") == (mode == "train"))
        #expect(folder.contents == ["a.json"])
        let other = try json(NNTool.run(["bench", config, "--json"] + options + ["--set", "seed=3"], in: folder.url))
        let steps = try #require(other["steps"] as? [String: Any])
        let rows = try #require(other["rows"] as? [[String: Any]])
        let sum = rows.reduce(steps["between_operations"] as? Double ?? 0) { $0 + ($1["milliseconds"] as? Double ?? 0) }
        #expect(abs(sum - (steps["milliseconds"] as? Double ?? 0)) < 1e-6)

        let same = try NNTool.run(["bench", "--compare", "a.json", "a.json"], in: folder.url)
        #expect(same.exitCode == 0 && same.errors.isEmpty, "\(same.errors)")
        #expect(same.output.contains("  1.00"))
        for (arguments, message) in [
            (["a.json"], "--compare takes two files, not 1"), (["a.json", "b.json"], "b.json: there is no such file"),
            (["a.json", config], "this is not a profile"),
        ] {
            let refused = try NNTool.run(["bench", "--compare"] + arguments, in: folder.url)
            #expect(refused.exitCode != 0 && refused.errors.contains(message), "\(refused.errors)")
        }
        let over = try NNTool.run(["bench", config, "--json", config] + options, in: folder.url)
        #expect(over.exitCode == 1 && over.errors.contains("would overwrite this input"))
    }

    @Test func growthIsATableAndAChart() throws {
        let folder = try WorkFolder()
        let config = NNTool.repository.appending(path: "Examples/Configs/shapes.yaml").path
        let outcome = try NNTool.run(
            [
                "bench", config, "--growth", "batch", "--values", "2,4", "--mode", "infer", "--steps", "1", "--output",
                "g.csv",
            ], in: folder.url)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(folder.contents == ["g.csv", "g.png"])
        let lines = try String(contentsOf: folder.url.appending(path: "g.csv"), encoding: .utf8).split(separator: "\n")
        #expect(lines.map { $0.prefix { $0 != "," } } == ["value", "2", "4"])
    }

    /// The configurations of Benchmarks have as many parameters as the networks of the peers.
    @Test(arguments: [
        ("vovnet57", "1000", "224", 31_430_184), ("rtss", "151", "320x480", 45_125_591),
        ("segnet64", "22", "64", 4_473_398), ("segnet", "11", "360x480", 29_441_419), ("resnet20", "10", "32", 269_722),
        ("resnet56", "10", "32", 853_018), ("xception", "1000", "299", 22_855_952),
        ("resnet50", "1000", "224", 25_557_032),
    ])
    func benchmarksAreOfTheSameNetworks(_ name: String, _ classes: String, _ size: String, _ count: Int) throws {
        let file = "Benchmarks/Configs/\(name).yaml"
        let summary = try json(run("summary", file, "--classes", classes, "--size", size, "--json"))
        #expect(summary["parameters"] as? Int == count)
    }

    @Test(arguments: [
        (["--by-shape"], "--by-shape requires --profile"),
        (["--values", "1"], "--values and --output require --growth"),
        (["--profile", "--growth", "batch"], "choose one"), (["--compare", "a", "b"], "no configuration"),
        (["--seconds", "inf"], "--seconds must be above 0"), (["--seconds", "1e30"], "--seconds must be above 0"),
        (["--batch", "1000000000000"], "--batch must be from 1 to 1000000"),
        (
            ["--batch", "1", "--set", "model.backbone={type: resnet, depth: 18}"],
            "more than one value for each channel"
        ),
        (
            ["--set", "model.head={type: mlp_classifier, output: sigmoid}", "--classes", "2"],
            "one logit for two classes"
        ),
    ])
    func benchesThatCannotRunAreRefused(_ options: [String], _ message: String) throws {
        let outcome = try NNTool.run(["bench", "Examples/Configs/shapes.yaml"] + options, in: NNTool.repository)
        #expect([1, 2, 64].contains(outcome.exitCode) && outcome.errors.contains(message), "\(outcome.errors)")
    }

    @Test(arguments: ["shapes.yaml", "shapes_multi_label.yaml", "shapes_regression.yaml"])
    func exampleConfigurationsAreSound(_ name: String) throws {
        let outcome = try run("config", "check", "Examples/Configs/\(name)")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
    }

    /// A printed configuration can be read, and is then printed identically.
    @Test(arguments: [
        "resnet20_cifar10.yaml", "resnet56_cifar10.yaml", "resnet50.yaml", "shapes.yaml", "vovnet57_imagenet.yaml",
        "xception_cats_dogs.yaml", "vovnet57_jpu_ade20k.yaml", "segnet64_voc.yaml", "fcn64_voc.yaml",
        "segnet_camvid.yaml", "xception_features.yaml", "shapes_multi_label.yaml", "shapes_regression.yaml",
    ])
    func printedConfigurationsAreComplete(_ name: String) throws {
        let first = try run("config", "print", "Examples/Configs/\(name)")
        #expect(first.exitCode == 0, "\(first.errors)")
        let folder = try WorkFolder()
        try folder.write(first.output, to: "printed.yaml")
        let second = try NNTool.run(["config", "print", "printed.yaml"], in: folder.url)
        #expect(second.output == first.output)
        #expect(first.output.contains("early_stopping: null"))
    }

    @Test func modelsAreListedWithTheirOptions() throws {
        let all = try run("models", "list").output
        for text in ["backbone\n  densenet: ", "  resnet_cifar: ", "\n\nhead\n  classifier: ", "      depth: 20\n"] {
            #expect(all.contains(text))
        }
        let heads = try run("models", "list", "head").output
        #expect(heads.hasPrefix("head\n"))
        #expect(!heads.contains("resnet"))
        let outcome = try run("models", "list", "heads")
        #expect(outcome.exitCode == 2)
        #expect(outcome.errors.contains("head"))
    }

    @Test func theDoctorFindsNothingWrong() throws {
        let report = try json(run("doctor", "--json"))
        let backends = try #require(report["backends"] as? [[String: Any]])
        let blas = try #require(backends.first { $0["name"] as? String == "blas" })
        #expect((blas["notes"] as? [String])?.isEmpty == false)
        let libraries = try #require(report["libraries"] as? [[String: Any]]).compactMap { $0["name"] as? String }
        #expect(Set(libraries).isSuperset(of: ["libpng", "libjpeg"]))
        #expect(try run("doctor").output.contains("Self test"))
    }

    @Test func theEnvironmentChoosesWhatCalculates() throws {
        func doctor(_ environment: [String: String]) throws -> NNTool.Outcome {
            try NNTool.run(["doctor"], in: NNTool.repository, environment: environment)
        }
        let own = try doctor(["NN_BACKENDS": "blas", "NN_BLAS": "none"])
        #expect(own.exitCode == 0)
        #expect(own.output.contains("in which they are tried, chosen by NN_BACKENDS\n  1. blas: nnkit's own loops\n"))
        #expect(own.errors.isEmpty)
        let missing = try doctor(["NN_BLAS": "/none/libblas.so"])
        #expect(missing.exitCode == 0)
        #expect(
            missing.errors.hasPrefix("notice: NN_BLAS is '/none/libblas.so': /none/libblas.so: No such file"))
        #expect(try doctor(["NN_BLAS": "/none/libblas.so", "NN_NOTICES": "0"]).errors.isEmpty)
        let unknown = try doctor(["NN_BACKENDS": "gpu"])
        #expect(unknown.exitCode == 1)
        #expect(unknown.errors.hasPrefix("error: NN_BACKENDS is 'gpu', and there is no backend 'gpu'"))
    }

    /// What is measured is used by every command from then on, and said by the doctor.
    @Test func theDoctorTunes() throws {
        let folder = try WorkFolder()
        try folder.write(
            """
            model: {backbone: {type: resnet_cifar, depth: 8}, head: classifier}
            data: {dataset: {type: shapes, size: 16, train_count: 16}, batch_size: 2}
            """, to: "tiny.yaml")
        let file = folder.url.appending(path: "cache/tuning.json")
        func doctor(_ arguments: String..., tuning: String? = nil) throws -> NNTool.Outcome {
            try NNTool.run(
                ["doctor"] + arguments, in: folder.url, environment: ["NN_TUNING": tuning ?? file.path])
        }
        let tuned = try doctor("--tune", "tiny.yaml", "--size", "16x16", "--classes", "4")
        #expect(tuned.exitCode == 0, "\(tuned.errors)")
        for direction in ["inference", "training", "input gradient", "weight gradient"] {
            #expect(tuned.output.contains("\(direction): "), "\(tuned.output)")
        }
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(tuned.output.hasSuffix(" choices in \(file.path)\n"))
        let isUsed = try doctor().output.contains("1. tuned: ")
        #expect(isUsed == text.contains("\"fastest\""))
        #expect(try !doctor(tuning: "off").output.contains("tuned"))

        try "not a table".write(to: file, atomically: true, encoding: .utf8)
        let broken = try doctor()
        #expect(broken.exitCode == 0 && broken.errors.contains("notice: The measurements in \(file.path)"))
        let refused = try doctor("--tune", "tiny.yaml", tuning: "off")
        #expect(refused.exitCode == 1 && refused.errors.contains("unset NN_TUNING=off"))
    }

    // AddressSanitizer, which is run with options, reserves terabytes.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["ASAN_OPTIONS"] == nil))
    func littleRoomForAddressesIsEnough() throws {
        for command in ["--version", "--help", "doctor"] {
            let outcome = try NNTool.shell("ulimit -v 400000; \"$NN\" \(command)", in: NNTool.repository)
            #expect(outcome.exitCode == 0, "\(command): \(outcome.errors)")
            #expect(!outcome.output.isEmpty, "\(command)")
        }
    }

    @Test func aReaderThatGoesAwayEndsTheToolQuietly() throws {
        let outcome = try NNTool.shell("\"$NN\" models list | head -n 1; \"$NN\" --help | true", in: NNTool.repository)
        #expect(outcome.exitCode == 0)
        #expect(outcome.output.split(separator: "\n").count == 1)
        #expect(outcome.errors.isEmpty)
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
    func anAnswerThatCannotBeWrittenIsAnError() throws {
        let outcome = try NNTool.shell("\"$NN\" models list > /dev/full", in: NNTool.repository)
        #expect(outcome.exitCode == 1)
        #expect(
            outcome.errors
                == "error: standard output: No space left on device; make space, or write to another disk\n")
    }

    @Test func theVersionIsPrinted() throws {
        let outcome = try run("--version")
        #expect(outcome.exitCode == 0)
        #expect(outcome.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
    }
}
