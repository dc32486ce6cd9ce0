import Foundation
import NNLayers
import Testing

/// A user's mistake gives one message with its location and a remedy, a nonzero exit code, and no partial files.
@Suite struct BadInputTests {
    private let folder: WorkFolder

    init() throws { folder = try WorkFolder() }

    /// Runs the tool, and expects one error with all of the words, and no new file.
    private func expectError(
        _ arguments: [String], code: Int32 = 1, says words: [String], environment: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = folder.contentsBesideDataChecks
        let outcome = try NNTool.run(arguments, in: folder.url, environment: environment)
        #expect(outcome.exitCode == code, "\(outcome.errors)", sourceLocation: sourceLocation)
        #expect(outcome.errorLines.count == 1, "\(outcome.errors)", sourceLocation: sourceLocation)
        for word in words {
            #expect(outcome.errors.contains(word), "\(outcome.errors)", sourceLocation: sourceLocation)
        }
        for trace in ["Fatal error", "Current stack trace", "Crash", "backtrace"] {
            #expect(!outcome.errors.contains(trace), sourceLocation: sourceLocation)
        }
        #expect(folder.contentsBesideDataChecks == before, sourceLocation: sourceLocation)
    }

    @Test func aMisspeltKey() throws {
        try folder.writeConfig(changes: "optimiser: {type: sgd}")
        try expectError(
            ["train", "tiny.yaml"], says: ["tiny.yaml:9:1: ", "unknown key 'optimiser'", "did you mean 'optimizer'?"])
    }

    @Test func aMisspeltKeyOfAComponent() throws {
        try folder.writeConfig()
        try expectError(
            ["train", "tiny.yaml", "--set", "optimizer.momentun=0.9"],
            says: ["optimizer.momentun: ", "did you mean 'momentum'?"])
    }

    @Test func aWrongType() throws {
        try folder.writeConfig(changes: "seed: soon")
        try expectError(
            ["train", "tiny.yaml"], says: ["tiny.yaml:9:7: seed: expected an integer, found the string 'soon'"])
    }

    @Test func anUnknownBackbone() throws {
        try folder.makeClassFolders()
        try folder.writeConfig()
        try expectError(
            ["train", "tiny.yaml", "--set", "model.backbone.type=resnet_cifra"],
            says: ["unknown backbone 'resnet_cifra'", "did you mean 'resnet_cifar'?", "resnet"])
    }

    @Test func aMissingConfiguration() throws {
        try expectError(["train", "none.yaml"], says: ["none.yaml: there is no such file", "check the path"])
    }

    @Test func aMissingDataFolder() throws {
        try folder.writeConfig()
        try expectError(["train", "tiny.yaml"], says: ["/data: there is no such folder", "Set 'path'"])
    }

    @Test func aBrokenJPEG() throws {
        try folder.makeClassFolders()
        try folder.write(Data([0xFF, 0xD8, 0xFF, 0xE0, 0, 16] + Array("JFIF".utf8)), to: "data/train/red/broken.jpg")
        try folder.writeConfig()
        try expectError(["train", "tiny.yaml"], says: ["data/train/red/broken.jpg: "])
    }

    @Test func anEmptyJPEG() throws {
        try folder.makeClassFolders()
        try folder.write(Data(), to: "data/train/blue/empty.jpg")
        try folder.writeConfig()
        try expectError(["train", "tiny.yaml"], says: ["data/train/blue/empty.jpg: ", "empty"])
    }

    @Test func aLabelOutsideTheClasses() throws {
        try folder.makeClassFolders()
        try folder.write("data/train/red/0.png\t0\ndata/train/blue/0.png\t2\n", to: "train.txt")
        try folder.writeConfig(
            dataset: "{type: map_file, train: train.txt, validation: train.txt, classes: [red, blue]}")
        try expectError(["train", "tiny.yaml"], says: ["train.txt:2: ", "2"])
    }

    @Test func aClassThatTrainingDoesNotHave() throws {
        try folder.makeClassFolders()
        try folder.write(Data(), to: "data/validation/green/0.png")
        try folder.writeConfig()
        try expectError(["train", "tiny.yaml"], says: ["data/validation/green", "Remove the folder"])
    }

    @Test func anImageSmallerThanTheCrop() throws {
        try folder.makeClassFolders(size: 16)
        try folder.writeConfig()
        try expectError(
            ["train", "tiny.yaml", "--set", "data.validation_transforms=[{type: center_crop, size: 24}]"],
            says: ["data/validation/", "16x16", "smaller than the crop of 24x24", "resize"])
    }

    @Test func zeroImages() throws {
        try folder.makeClassFolders(count: 0)
        try folder.writeConfig()
        try expectError(["train", "tiny.yaml"], says: ["data/train/", "the class has no .jpg, .jpeg, ", "Add images"])
    }

    @Test(arguments: ["0", "-1", "1000000000", "two"])
    func numbersOfThreadsThatThereCannotBe(_ text: String) throws {
        try folder.writeConfig(dataset: "shapes")
        try expectError(
            ["train", "tiny.yaml"], says: ["NN_NUM_THREADS is '\(text)'", "Unset it"],
            environment: ["NN_NUM_THREADS": text])
    }

    /// OpenBLAS would wait forever for threads that OpenMP does not give.
    @Test(arguments: ["OMP_THREAD_LIMIT=1", "OMP_MAX_ACTIVE_LEVELS=0", "OMP_DYNAMIC=true"])
    func fewerThreadsOfOpenMP(_ setting: String) throws {
        try folder.writeConfig(dataset: "{type: shapes, train_count: 8, validation_count: 4}")
        let outcome = try NNTool.shell(
            "\(setting) NN_NUM_THREADS=2 NN_BACKENDS=blas timeout -s KILL 300 \"$NN\" train tiny.yaml", in: folder.url)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
    }

    @Test func unknownBackends() throws {
        try folder.writeConfig(dataset: "shapes")
        try expectError(
            ["train", "tiny.yaml"], says: ["NN_BACKENDS is 'onednn,gpu'", "no backend 'gpu'", "known: ", "blas"],
            environment: ["NN_BACKENDS": "onednn,gpu"])
    }

    @Test func unknownTiles() throws {
        try folder.writeConfig(dataset: "shapes")
        try expectError(
            ["train", "tiny.yaml"], says: ["NN_WINOGRAD is 'quick'", "off, accurate, fast", "Unset it"],
            environment: ["NN_WINOGRAD": "quick"])
    }

    #if BFloat16
    @Test func unknownUseOfBFloat16() throws {
        try folder.writeConfig(dataset: "shapes")
        try expectError(
            ["train", "tiny.yaml"], says: ["NN_BFLOAT16 is 'quick'", "off, fast_fp32, auto, all", "Unset it"],
            environment: ["NN_BFLOAT16": "quick"])
    }
    #endif

    /// A library requested by its path is not replaced by something slower.
    @Test func theNamedOneDNNCannotBeUsed() throws {
        try folder.writeConfig(dataset: "shapes")
        try folder.write("no library", to: "libdnnl.so.3")
        for (path, reason) in [("libdnnl.so.3", "not a shared library"), ("none.so", "No such file")] {
            let file = folder.url.appending(path: path).path
            try expectError(
                ["train", "tiny.yaml"], says: ["NN_ONEDNN", file, reason], environment: ["NN_ONEDNN": file])
        }
    }

    @Test func anUnknownOptionIsAUsageError() throws {
        try expectError(
            ["train", "tiny.yaml", "--outptu", "x"], code: 2, says: ["--outptu", "Did you mean '--output'?"])
    }

    /// Trains for an epoch, and returns the run folder relative to the work folder.
    private func trainedRun() throws -> String {
        try folder.makeClassFolders()
        try folder.writeConfig()
        #expect(try NNTool.run(["train", "tiny.yaml", "--set", "epochs=1"], in: folder.url).exitCode == 0)
        let checkpoint = try #require(folder.contents.first { $0.hasSuffix("/last.safetensors") })
        return String(checkpoint.dropLast("/last.safetensors".count))
    }

    @Test func aTruncatedCheckpoint() throws {
        let run = try trainedRun()
        for name in ["last", "best"] {
            let path = "\(run)/\(name).safetensors"
            try folder.write(try Data(contentsOf: folder.url.appending(path: path)).dropLast(100), to: path)
        }
        let remedy = "use another checkpoint of the run"
        try expectError(["train", "--resume", run], says: ["last.safetensors: ", remedy])
        try expectError(["eval", run], says: ["best.safetensors: ", remedy])
        try expectError(["predict", run, "data/train/red/0.png"], says: ["best.safetensors: ", remedy])
    }

    @Test func aForeignCheckpoint() throws {
        let run = try trainedRun()
        try folder.write("PK and other bytes that are no safetensors file", to: "\(run)/last.safetensors")
        try expectError(["train", "--resume", run], says: ["last.safetensors: ", "use another checkpoint"])
        let other = folder.url.appending(path: "\(run)/last.safetensors")
        try SafetensorsFile.write(tensors: [("weight", Tensor([Float(1)]))], metadata: [:], to: other)
        try expectError(["train", "--resume", run], says: ["last.safetensors: ", "not a checkpoint of a run"])
    }

    @Test func aMissingRun() throws {
        try expectError(["predict", "runs/none", "x.png"], says: ["x.png: there is no such file or folder"])
        try folder.write(Data(), to: "x.png")
        try expectError(["predict", "runs/none", "x.png"], says: ["there is no run folder", "runs/none"])
    }

    /// One value has no statistics: the last feature maps of these images have one pixel.
    @Test func aBatchOfOneWithBatchNorm() throws {
        try folder.makeClassFolders(size: 4)
        try folder.writeConfig()
        try expectError(["train", "tiny.yaml", "--set", "data.batch_size=1"], says: ["batch"])
    }
}
