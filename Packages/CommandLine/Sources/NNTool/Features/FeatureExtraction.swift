import NNDatasets
import Foundation
@_spi(Text) import NNLayers
import NNTraining

/// Calculates the features of all pictures of an experiment, and writes them to a file.
struct FeatureExtraction {
    private let experiment: Experiment
    private let network: Network
    private let type: Precision
    private let console: Console

    /// - Throws: `CommandFailure` where there are no pictures that have a class as a whole.
    init(_ experiment: Experiment, _ network: Network, type: Precision, console: Console) throws {
        guard experiment.source.task == .classification else {
            throw CommandFailure(message: "features are of whole pictures with one class; the data set has masks")
        }
        guard try experiment.dataset(.train).features == nil else {
            throw CommandFailure(message: "the data set has features already; name the configuration of the pictures")
        }
        self.experiment = experiment
        self.network = network
        self.type = type
        self.console = console
    }

    /// - Parameter splits: None for all that there are.
    /// - Throws: `CommandFailure` after Ctrl-C, `DatasetError`, `ImageError`, and `TensorFileError` for the file,
    ///   which is not written then.
    func run(splits: [Split], output: URL) throws -> FeaturesReport {
        let start = ContinuousClock.now
        let interruption = Interruption()
        let watch = InterruptWatch { interruption.request() }
        defer { watch.cancel() }
        var file = FeatureFile(description: try experiment.featureDescription(of: network.backbone), splits: [:])
        for split in splits.isEmpty ? Split.allCases : splits {
            let dataset: any Dataset
            do {
                // Pictures are seen once, so that none is kept in memory.
                dataset = try experiment.dataset(split, keepsSamples: false)
            } catch let error as DatasetError where splits.isEmpty && split != .train {
                console.report("notice: without the \(split.rawValue) split: \(error)")
                continue
            }
            file.splits[split] = try features(of: dataset, split, interruption)
        }
        try file.write(to: output)
        return FeaturesReport(
            output: output.relativePath, features: network.backbone.features.last?.channels ?? 0,
            splits: Split.allCases.compactMap { split in
                file.splits[split].map { FeaturesReport.SplitCount(split: split, samples: $0.names.count) }
            }, seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    private func features(
        of dataset: any Dataset, _ split: Split, _ interruption: Interruption
    ) throws -> FeatureFile.SplitFeatures {
        let loader = try experiment.makeLoader(split, keepsSamples: false)
        let extractor = FeatureExtractor(
            network.backbone, precision: experiment.config.precision, dataType: type.dataType)
        defer { console.clearStatus() }
        let features = try extractor.features(of: dataset, loader) { batches in
            if interruption.isRequested {
                throw CommandFailure(message: "interrupted; nothing is written", exitCode: InterruptWatch.exitCode)
            }
            console.show(
                ProgressLine(
                    title: "features of \(split.rawValue)", fraction: Double(batches) / Double(loader.count),
                    figures: ["\(batches)/\(loader.count)"]))
        }
        console.report(samplesSkippedBy: loader, of: split)
        return features
    }
}

/// What was written, for people and programs.
struct FeaturesReport: Encodable {
    struct SplitCount: Encodable {
        let split: Split
        let samples: Int
    }

    let output: String
    /// How many stand for each picture.
    let features: Int
    let splits: [SplitCount]
    let seconds: Double

    var text: String {
        let counts = splits.map { "\($0.samples.grouped) of \($0.split.rawValue)" }.joined(separator: ", ")
        return """
            \(features.grouped) features of each picture: \(counts), in \(TimeText.clock(seconds: seconds))
            written to \(output); a configuration trains on it with
              model.backbone: features
              data.dataset: {type: features, path: \(output)}
            """
    }
}
