import Foundation
@_spi(Internal) import NNDatasets
import NNLayers
@_spi(Internal) import NNTraining

extension TensorBoardWriter {
    /// The folder for the event files of a trainer; nil for one that keeps everything in memory.
    /// - Throws: `RunError` where training begins anew in a folder that has events.
    func folder(of trainer: Trainer) throws(RunError) -> EventFolder? {
        switch place {
        case .runs(nil): return trainer.run.map { EventFolder(url: $0.file("tensorboard")) }
        case .runs(let root?):
            return trainer.run.map { EventFolder(url: root.appendingPathComponent(Self.name(of: $0))) }
        case .folder(let url):
            let folder = EventFolder(url: url)
            guard trainer.progress.step > 0 || folder.fileNames.isEmpty else {
                throw RunError(
                    "'\(url.path)' has event files of another training; remove them, or name another folder")
            }
            return folder
        }
    }

    /// The name of a run below the folder of all: `shapes/2025-11-30_18-03-59`, or with one more part for one of several
    /// seeds or folds.
    static func name(of run: RunDirectory) -> String {
        let parts = run.url.standardizedFileURL.pathComponents.suffix(3)
        let isOfStudy = parts.first.map { $0.hasSuffix("-seeds") || $0.hasSuffix("-folds") } ?? false
        return parts.suffix(isOfStudy ? 3 : 2).joined(separator: "/")
    }

    /// The configuration of a run folder, or what a trainer without one is set to.
    static func configuration(of trainer: Trainer) throws -> ConfigNode {
        if let run = trainer.run, FileManager.default.fileExists(atPath: run.configFile.path) {
            return try ConfigLoader.load(run.configFile.path)
        }
        let options = trainer.options
        return [
            "epochs": ConfigNode(.integer(trainer.epochCount)), "seed": ConfigNode(.string("\(options.seed)")),
            "precision": ConfigNode(.string(options.precision.rawValue)),
            "data": ["batch_size": ConfigNode(.integer(trainer.training.batchSize))],
            "optimizer": ["lr": ConfigNode(.float(trainer.optimizer.baseLearningRate))],
        ]
    }

    /// The first training images as they are augmented. A sample that cannot be used is left out, since training tells of it.
    func firstImages(of trainer: Trainer) -> [Tensorboard_Summary.Value] {
        let (loader, epoch) = (trainer.training, trainer.progress.epoch)
        guard images > 0, loader.dataset.features == nil else { return [] }
        let indices = loader.order(epoch: epoch).prefix(images)
        return indices.enumerated().compactMap { number, index in
            guard let sample = try? loader.sample(at: index, epoch: epoch),
                let png = try? sample.image.view(channels: loader.dataset.imageReader.viewChannels)
                    .encodedPNG(file: sample.name)
            else { return nil }
            return .image(png: png, "batch/\(number + 1)")
        }
    }
}

/// What event files of earlier processes have, and what stays of it where training is resumed.
struct EventHistory {
    /// The number of evaluations.
    var evaluationCount = 0
    /// The last step with a sheet of predictions; nil for none.
    var predictionStep: Int?
    /// Whether anything stays.
    private(set) var hasValues = false

    /// The tag that every event of an evaluation has.
    static let evaluationTag = "evaluation/epoch"

    /// Whether an event stays, which is counted then: those of steps and evaluations that are repeated do not, and
    /// hyperparameters and texts of this session are written again.
    mutating func keeps(_ event: Tensorboard_Event, of progress: TrainingProgress) -> Bool {
        guard progress.step > 0, event.step <= progress.step else { return false }
        guard case .summary(let summary) = event.what else { return true }
        let tags = Set(summary.value.map(\.tag))
        if tags.contains(where: { $0.hasPrefix("_hparams_/") }) { return false }
        if tags.contains("run/configuration"), event.step == progress.step { return false }
        let isEvaluation = tags.contains(Self.evaluationTag)
        if isEvaluation, event.step > progress.evaluatedStep { return false }
        if isEvaluation { evaluationCount += 1 }
        if tags.contains("predictions") { predictionStep = Int(event.step) }
        hasValues = true
        return true
    }
}

/// A file of a sheet, whose content is taken each time that it was drawn.
final class PredictionFile {
    private let url: URL
    private var seen: Date?

    /// What is there already is of an earlier process.
    init(_ url: URL) {
        self.url = url
        seen = Self.modification(of: url)
    }

    /// The content; nil where it is that of the last time, or there is none.
    func changedContent() -> [UInt8]? {
        let date = Self.modification(of: url)
        guard date != nil, date != seen, let content = try? Data(contentsOf: url) else { return nil }
        seen = date
        return [UInt8](content)
    }

    private static func modification(of url: URL) -> Date? {
        try? FileManager.default.attributesOfItem(atPath: url.path)[.modificationDate] as? Date
    }
}
