import Foundation
import NNDatasets
import NNInference
import NNLayers
import Testing

@testable import NNTraining

/// The first batch as an image in the run folder.
struct AugmentedBatchSheetTests {
    private func makeRun(in folder: TemporaryFolder) throws -> RunDirectory {
        try RunDirectory.create(in: folder.url, configuration: "shapes")
    }

    private func exists(in run: RunDirectory) -> Bool {
        FileManager.default.fileExists(atPath: run.file(AugmentedBatchSheet.fileName).path)
    }

    /// The image in the column and row of a sheet of small images, which are enlarged by a whole number.
    private func tile(_ sheet: Image, _ index: Int, side: Int) -> [UInt8] {
        let (left, top) = (12 + index * 152, 12)
        let scale = 128 / side
        return (0..<side).flatMap { row in
            (0..<side).flatMap { column in
                (0..<3).map { sheet[top + row * scale + scale / 2, left + column * scale + scale / 2, $0] }
            }
        }
    }

    @Test(arguments: [Precision.float32, .bfloat16])
    func showsWhatTheNetworkSees(_ precision: Precision) throws {
        let folder = try TemporaryFolder()
        let run = try makeRun(in: folder)
        let trainer = try TestExperiment.trainer(run: run) { config in
            config.precision = precision
            config.epochs = 1
            config.data.normalize = Normalization(mean: [0.5, 0.4, 0.3], standardDeviation: [0.2, 0.3, 0.4])
        }
        trainer.callbacks.append(RecordingCallback(lastStep: 1))
        try trainer.train()
        let sheet = try Image(contentsOf: run.file(AugmentedBatchSheet.fileName))
        // Six images in a row of two.
        #expect(sheet.width == 6 * 152)
        for (place, index) in trainer.training.order(epoch: 0).prefix(6).enumerated() {
            let expected = try trainer.training.sample(at: index, epoch: 0).image.pixels
            let drawn = tile(sheet, place, side: 16)
            let difference = zip(drawn, expected).map { abs(Int($0) - Int($1)) }.max() ?? 255
            #expect(drawn.count == expected.count && difference <= (precision == .float32 ? 0 : 2), "\(difference)")
        }
    }

    /// The checkpoints of a run with the sheet are those of a run without, byte for byte.
    @Test func changesNothingOfTheTraining() throws {
        let folder = try TemporaryFolder()
        func change(_ config: inout ExperimentConfig) {
            config.data.batchTransforms = ["mixup"]
            config.training.accumulate = 2
            config.model.head = ["type": "classifier", "dropout": 0.3]
        }
        let runs = try [true, false].map { isDrawn in
            let run = try makeRun(in: folder)
            let trainer = try TestExperiment.trainer(run: run, change)
            if !isDrawn { trainer.batchSheet = nil }
            try trainer.train()
            #expect(exists(in: run) == isDrawn)
            return run
        }
        for name in [RunDirectory.CheckpointName.last, .best] {
            #expect(try Data(contentsOf: runs[0].url(of: name)) == Data(contentsOf: runs[1].url(of: name)))
        }
    }

    @Test func aResumedRunKeepsItsSheet() throws {
        let folder = try TemporaryFolder()
        let run = try makeRun(in: folder)
        let first = try TestExperiment.trainer(run: run)
        first.callbacks.append(RecordingCallback(lastStep: 3))
        try first.train()
        #expect(exists(in: run))
        try FileManager.default.removeItem(at: run.file(AugmentedBatchSheet.fileName))
        let second = try TestExperiment.trainer(run: run)
        try second.restore(Checkpoint(contentsOf: run.url(of: .last)))
        try second.train()
        #expect(!exists(in: run))
    }

    /// Images with a label of any kind, some of many channels.
    private struct Anything: Dataset {
        var target: Target
        var labelKind: LabelKind = .classes
        var channels = 3
        var size = Size(height: 7, width: 12)
        var features: Tensor?
        let count = 30
        var classNames = ["猫 <script>\"&", String(repeating: "a long name ", count: 1000)]
        let ignoreIndex: Int? = 255
        var imageReader: ImageReader { ImageReader(channels: channels) }

        func sample(at index: Int) throws -> Sample {
            Sample(image: Image(size: size, channels: channels, filledWith: 9), target: target, name: "\(index)")
        }
    }

    private func draw(
        _ dataset: Anything, size: Int = 25, _ transforms: [any BatchTransform] = [], channels: Int? = nil
    ) throws -> Image? {
        let normalization = Normalization(channels: dataset.channels)
        let loader = try DataLoader(
            dataset, batchSize: size, batchTransforms: transforms, normalization: normalization, threads: 0)
        let batch = try #require(try loader.batches(epoch: 0).next())
        let data = DataDescription(
            classNames: dataset.classNames, normalization: Normalization(channels: channels ?? dataset.channels))
        return try AugmentedBatchSheet(makeRun(in: TemporaryFolder())).draw(batch, of: dataset, data)
    }

    @Test(arguments: [1, 2, 3, 5])
    func drawsAnyChannels(_ channels: Int) throws {
        let sheet = try draw(Anything(target: .label(1), channels: channels), [Mixup(), CutMix()])
        #expect(sheet?.width == 6 * 152)
        #expect(sheet?.height == 4 * (152 + 18))
    }

    @Test func drawsAnyLabels() throws {
        let mixing: [any BatchTransform] = [Mixup(alpha: 1)]
        let many = TargetValues([Float](repeating: 1, count: 600))
        let targets: [(Target, LabelKind)] = [
            (.label(0), .classes), (.label(255), .classes), (.values([1, .nan]), .flags),
            (.values([1, .nan]), .values),
            (.values(many), .flags), (.values(many), .values),
        ]
        for (target, kind) in targets {
            var dataset = Anything(target: target, labelKind: kind)
            if case .values(many) = target { dataset.classNames = (0..<600).map { "value \($0)" } }
            #expect(try draw(dataset, mixing) != nil)
        }
        #expect(try draw(Anything(target: .label(0), size: Size(height: 1, width: 900)), size: 1)?.width == 200)
    }

    @Test func masksAreBesideTheirImages() throws {
        var mask = Image(size: Size(height: 7, width: 12), channels: 1, filledWith: 255)
        mask[0, 0] = 1
        let few = try #require(try draw(Anything(target: .mask(mask)), size: 3, [CutMix()]))
        #expect(few.width == 4 * 280)
        // The mask is right of the image: its first pixel has a class, the others are ignored.
        let color = try #require(Anything(target: .mask(mask)).classColors.dropFirst().first)
        let row = 12 + (256 - 149) / 2 + 4
        #expect(few[row, 280 + 12 + 4, 0] == color.red && few[row, 280 + 12 + 4, 2] == color.blue)
        #expect(few[row, 280 + 12 + 80, 0] == Color.ignored.red)
        let many = try #require(try draw(Anything(target: .mask(mask)), [Mixup(alpha: 1)]))
        #expect(many.width == 6 * 200 && many.height > 8 * 200)
    }

    @Test func otherChannelsAreNotDrawn() throws {
        #expect(try draw(Anything(target: .label(0)), channels: 2) == nil)
    }
}
