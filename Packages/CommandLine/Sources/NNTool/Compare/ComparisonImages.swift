import Foundation
@_spi(Internal) import NNDatasets
@_spi(Internal) import NNInference
import NNLayers
@_spi(Internal) import NNTraining

/// The images of a comparison: files, or samples of a split.
struct ComparisonImages {
    private enum Source {
        /// Each with the reader and the transforms of the networks.
        case files([ImageFiles.Input], [Predictor], TruthFinder?)
        /// The samples of the split, by each run's own reading, and the indices of those that are shown.
        case samples([any Dataset], [[any Transform]], [Int])
    }

    private let source: Source
    /// The label that counts as none.
    let ignoreIndex: Int?

    /// Samples of a split, drawn at random and sorted: data sets are often sorted by class.
    init(of experiments: [Experiment], _ split: Split, count: Int) throws {
        let datasets = try experiments.map { try $0.dataset(split, keepsSamples: false) }
        let total = datasets[0].count
        let order = count < total ? RandomKey(seed: 0).derived("pictures").permutation(total) : Array(0..<total)
        let transforms = try experiments.map { try $0.transforms(of: split == .train ? .validation : split) }
        source = .samples(datasets, transforms, order.prefix(count).sorted())
        ignoreIndex = datasets[0].ignoreIndex
    }

    /// Files, and the images in folders, with the truth of those that the data set of the first run has.
    /// - Throws: ``CommandFailure`` for a path that does not exist, a folder without images, and a video.
    init(files paths: [String], _ networks: ComparedNetworks, _ console: Console) throws {
        let (inputs, unread) = try ImageFiles.find(paths, networks.predictors[0].reader)
        console.report(unread)
        if let video = inputs.first(where: \.isVideo) {
            throw CommandFailure(message: "\(video.path): nn compare takes images; extract frames of the video")
        }
        let experiment = try? networks.firstExperiment()
        source = .files(inputs, networks.predictors, experiment.map(TruthFinder.init))
        ignoreIndex = experiment.flatMap { try? $0.dataset(.validation, keepsSamples: false).ignoreIndex }
    }

    /// The number of images.
    var count: Int {
        switch source {
        case .files(let inputs, _, _): inputs.count
        case .samples(_, _, let indices): indices.count
        }
    }

    /// The files that are read; none for samples, which are files of the data set.
    var files: [URL] {
        switch source {
        case .files(let inputs, _, _): inputs.map(\.url)
        case .samples(let datasets, _, let indices):
            indices.flatMap { datasets[0].files(at: $0) }.map { URL(fileURLWithPath: $0) }
        }
    }

    /// The path of an image, or the number of a generated sample.
    func name(_ index: Int) -> String {
        switch source {
        case .files(let inputs, _, _): inputs[index].path
        case .samples(let datasets, _, let indices):
            datasets[0].files(at: indices[index]).first ?? "sample \(indices[index])"
        }
    }

    /// What is to be predicted for an image, if it is known.
    /// - Throws: `ImageError` for a mask that cannot be read.
    func truth(_ index: Int) throws -> Target? {
        switch source {
        case .files(let inputs, _, let finder): finder?.truth(of: inputs[index].url)
        case .samples(let datasets, _, let indices): try datasets[0].target(at: indices[index])
        }
    }

    /// An image as a run reads it.
    /// - Throws: `ImageError` for one that cannot be read.
    func sample(_ index: Int, ofRun run: Int) throws -> Sample {
        switch source {
        case .files(let inputs, let predictors, _):
            try predictors[run].sample(contentsOf: inputs[index].url)
        case .samples(let datasets, let transforms, let indices):
            try datasets[run].sample(at: indices[index], for: transforms[run])
        }
    }
}
