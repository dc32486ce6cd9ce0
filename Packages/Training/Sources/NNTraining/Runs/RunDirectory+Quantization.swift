import Foundation
@_spi(Internal) import NNCore
@_spi(Internal) import NNDatasets
import NNLayers

extension RunDirectory {
    /// How the network of the run was quantized; nil for float32, and for a run without a readable checkpoint.
    public var quantization: QuantizationNote? {
        Checkpoint.information(of: url(of: .best))?.quantization
    }

    /// Creates a run with the quantized network of another, whose data and configuration it has.
    ///
    /// The folder appears with all of its files or not at all.
    /// - Parameters:
    ///   - run: The run that the network was trained in.
    ///   - network: Its network, quantized.
    ///   - root: The folder of all runs, which is created if necessary.
    ///   - configuration: The name of what is trained, to which `-int8` is added.
    ///   - note: How it was quantized.
    /// - Throws: ``RunError`` or ``CheckpointError`` if a file cannot be written.
    @_spi(Internal) public static func createQuantized(
        from run: TrainedRun, _ network: some Module, in root: URL, configuration: String, note: QuantizationNote
    ) throws -> RunDirectory {
        let made = try create(in: root, configuration: configuration + "-int8")
        // Written beside it, and put in its place as a whole.
        let hidden = ".\(made.url.lastPathComponent).\(UUID().uuidString.prefix(8)).tmp"
        let temporary = made.url.deletingLastPathComponent().appendingPathComponent(hidden, isDirectory: true)
        do {
            try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: false)
            let folder = try RunDirectory(existing: temporary)
            for file in [run.directory.configFile, run.directory.dataFile, run.directory.file("classes.txt")]
            where FileManager.default.fileExists(atPath: file.path) {
                try RunError.write(Data(contentsOf: file), to: folder.file(file.lastPathComponent))
            }
            var information = run.checkpoint.information
            information.quantization = note
            let checkpoint = Checkpoint(
                weights: network.stateDictionary, quantization: network.quantization, information: information)
            try checkpoint.write(to: folder.url(of: .best))
            guard rename(temporary.path, made.url.path) == 0 else {
                throw RunError("'\(made.url.path)' cannot be created: \(SystemError())")
            }
        } catch {
            try? FileManager.default.removeItem(at: temporary)
            rmdir(made.url.path)
            throw error
        }
        return made
    }
}

extension Experiment {
    /// Builds the loader of some samples of a split, evenly spaced, with the transforms of validation: for what needs a look
    /// at the data, such as the ranges of activations.
    /// - Parameters:
    ///   - split: The split.
    ///   - count: The number of samples; all where there are fewer.
    /// - Throws: `ConfigError` for wrong transforms, or `DatasetError`.
    @_spi(Internal) public func makeLoader(_ split: Split, samples count: Int) throws -> DataLoader {
        let data = try dataset(split, keepsSamples: false)
        return try DataLoader(
            data, batchSize: min(config.data.validationBatchSize ?? config.data.batchSize, 32),
            transforms: validationTransforms(), sampler: EvenSampler(count: min(count, data.count), of: data.count),
            normalization: normalization, threads: config.data.loaderThreads, brokenSamples: config.data.onError,
            seed: config.seed, evaluates: true)
    }
}

/// Samples at equal distances, so that a data set in the order of classes gives some of each.
private struct EvenSampler: Sampler {
    private let indices: [Int]

    init(count: Int, of total: Int) { indices = (0..<count).map { $0 * total / count } }

    func order(epoch: Int, key: RandomKey) -> [Int] { indices }
}
