import NNDatasets
import Foundation
import NNInference
import NNLosses
import NNLayers
import NNOptimizers
import Testing

@testable import NNTraining

/// Training where pixels, images or all of a split do not count.
struct IgnoredLabelsTests {
    /// Images of two classes with masks. Of some every pixel is ignored, and some cannot be read.
    private struct Masks: Dataset {
        let count = 4
        let classNames = ["left", "right"]
        let ignoreIndex: Int? = 255
        var ignored: Set<Int> = []
        var broken: Set<Int> = []

        func sample(at index: Int) throws -> Sample {
            if broken.contains(index) {
                throw ImageError(file: "\(index)", reason: "it is damaged", remedy: "Replace it")
            }
            var image = Image(size: Size(height: 6, width: 8))
            var mask = Image(size: image.size, channels: 1, filledWith: ignored.contains(index) ? 255 : 0)
            for row in 0..<6 {
                for column in 4..<8 {
                    image[row, column, 0] = 255
                    if !ignored.contains(index) { mask[row, column] = 1 }
                }
            }
            return Sample(image: image, target: .mask(mask), name: "\(index)")
        }
    }

    private func trainer(
        training: Masks, validation: Masks, learningRate: Double = 0.1, run: RunDirectory? = nil
    ) throws -> Trainer {
        let network = Sequential([Conv2D(inputChannels: 3, outputChannels: 2, kernel: 3, padding: .same)])
        network.initialize(key: RandomKey(seed: 1))
        var options = TrainingOptions()
        options.epochs = 1
        options.bestMetric = "validation_mIoU"
        return Trainer(
            network, loss: CrossEntropy(ignoreIndex: 255),
            optimizer: SGD(network.parameters, learningRate: learningRate),
            training: try DataLoader(training, batchSize: 1, threads: 0, brokenSamples: .skip),
            validation: try DataLoader(validation, batchSize: 1, threads: 0, brokenSamples: .skip),
            metrics: [SegmentationAreas(classNames: training.classNames, ignoreIndex: 255)], options: options,
            description: DataDescription(classNames: training.classNames, classColors: training.classColors), run: run)
    }

    /// The metric knows its scores only after the first batch that counts.
    @Test func aFirstBatchWithoutLabelsIsNoMistake() throws {
        let trainer = try trainer(training: Masks(ignored: [0]), validation: Masks())
        #expect(try trainer.train().ending == .completed)
        #expect(trainer.progress.best?.metric == "validation_mIoU")
    }

    /// Whatever the size of batches, the training loss is that of the images with labels.
    @Test func imagesWithoutLabelsDoNotLowerTheTrainingLoss() throws {
        func loss(_ ignored: Set<Int>) throws -> Double? {
            // All images are alike, and the weights stay as they are.
            let trainer = try trainer(training: Masks(ignored: ignored), validation: Masks(), learningRate: 1e-9)
            try trainer.train()
            return trainer.progress.scores.first { $0.name == "train_loss" }?.value
        }
        let all = try #require(try loss([]))
        for ignored in [[0], [3], [1, 2]] as [Set<Int>] {
            let found = try #require(try loss(ignored))
            #expect(abs(found - all) < 1e-6, "\(ignored): \(found) and \(all)")
        }
    }

    @Test func aTrainingLossThatNothingCountsInIsUndefined() throws {
        let trainer = try trainer(training: Masks(ignored: [0, 1, 2, 3]), validation: Masks())
        #expect(try trainer.train().ending == .completed)
        #expect(trainer.progress.scores.first { $0.name == "train_loss" }?.isDefined == false)
    }

    @Test func whatCannotBeMeasuredIsSaidAndTheEpochKept() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "masks")
        let trainer = try trainer(training: Masks(), validation: Masks(ignored: [0, 1, 2, 3]), run: run)
        let error = #expect(throws: TrainingError.self) { try trainer.train() }
        #expect(error?.description.contains("'validation_mIoU' could not be measured in epoch 1") == true)
        #expect(error?.description.contains("only: train_loss, train_mIoU") == true)
        #expect(try Checkpoint(contentsOf: run.url(of: .last)).information.progress.epoch == 1)
    }

    /// What the loader skips does not end training when the images of an epoch are drawn.
    @Test func brokenPicturesAreNotDrawn() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "masks")
        let masks = Masks(broken: [1])
        let trainer = try trainer(training: Masks(), validation: masks, run: run)
        trainer.callbacks.append(SegmentationSheet(masks, transforms: []))
        #expect(try trainer.train().ending == .completed)
        #expect(try Image(contentsOf: run.file("predictions.png")).height > 0)
    }
}
