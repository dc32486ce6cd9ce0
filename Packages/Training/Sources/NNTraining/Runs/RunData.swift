import Foundation
@_spi(Internal) import NNCore
@_spi(Internal) import NNDatasets
import NNLayers

/// What a run notes of its data besides the checkpoint's description: `data.json` in its folder.
@_spi(Internal) public struct RunData: Codable, Sendable, Equatable {
    /// The working directory of training, which relative paths of the data set are resolved against.
    public var folder: String
    /// The options of the data set in one line.
    public var dataset: String
    /// The fingerprint of the content of each split that was used, by its name.
    public var fingerprints: [String: String]
    /// The transforms of validation, each in one line.
    public var transforms: [String]
    /// The height and width of transformed validation images, of the first one where they differ; nil for features.
    public var imageSize: [Int]?

    /// A note of the data of an experiment, as far as it can be read.
    init(_ experiment: Experiment) {
        folder = FileManager.default.currentDirectoryPath
        dataset = experiment.config.data.dataset.node.flowText
        fingerprints = [:]
        // Test samples that were chosen of those for training must be the same ones later.
        let isTestChosen = experiment.config.data.split?.test != nil
        for split in experiment.trainingSplits + (isTestChosen ? [.test] : []) {
            guard let data = try? experiment.dataset(split, keepsSamples: false) else { continue }
            fingerprints[split.rawValue] = (try? DataFingerprint(contentOf: data))?.text
        }
        transforms = experiment.config.data.validationTransforms.map(\.node.flowText)
        let hasImages = (try? experiment.dataset(.train).features == nil) ?? false
        if hasImages, let size = try? experiment.imageSize(.validation) { imageSize = [size.height, size.width] }
    }
}

extension RunDirectory {
    /// The location of the note of the run's data: `data.json`.
    @_spi(Internal) public var dataFile: URL { file("data.json") }

    /// The note of the run's data; nil for a run of a version that did not write it.
    /// - Throws: ``RunError`` for a file that cannot be read.
    @_spi(Internal) public func data() throws(RunError) -> RunData? {
        guard FileManager.default.fileExists(atPath: dataFile.path) else { return nil }
        do {
            return try JSONDecoder().decode(RunData.self, from: Data(contentsOf: dataFile))
        } catch {
            throw RunError(
                "'\(dataFile.path)' cannot be read: \(SystemError.text(of: error)); remove it, and name the data by an "
                    + "absolute path")
        }
    }

    /// Writes the configuration, the note of the data, and which file is in which split where `data.split` or `data.folds`
    /// chooses: `split.csv`. A run that is resumed from another folder keeps its own, so that
    /// it can be moved together with its data.
    /// - Throws: ``RunError`` if a file cannot be written.
    func write(_ experiment: Experiment, classNames: [String]) throws {
        var (config, note) = (experiment.config, RunData(experiment))
        if let earlier = try data(),
            let node = config.data.dataset(below: earlier.folder, experiment.registry)
        {
            config.data.dataset = Component(node)
            (note.folder, note.dataset) = (earlier.folder, node.flowText)
        }
        try write(config, classNames: classNames)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try RunError.write(String(decoding: try encoder.encode(note), as: UTF8.self) + "\n", to: dataFile)
        if let table = try experiment.splitTable() { try RunError.write(table, to: file("split.csv")) }
    }

    /// Reads the configuration of the run, with the paths of its data as they were for training.
    ///
    /// Relative paths of the data set are resolved against the folder where the run was started; if the data is not there
    /// any more, as after a move of both, against the working directory. A path of a change is one that the user writes
    /// now, and is left alone.
    /// - Parameters:
    ///   - changes: Changes such as `data.batch_size=8`, applied in order; none by default.
    ///   - registry: The available components.
    /// - Throws: `ConfigError` for an invalid configuration, or ``RunError``.
    public func config(changes: [String] = [], registry: Registry) throws -> ExperimentConfig {
        let check = ConfigCheck(registry: registry)
        var config = try check.resolve(ConfigLoader.load(configFile.path, overrides: changes))
        guard let folder = try data()?.folder else { return config }
        let saved = try changes.isEmpty ? config.node : ConfigLoader.load(configFile.path)
        let node = found(config.data, from: folder, registry) { option, path in
            path == saved["data"]?["dataset"]?[option]?.string
        }
        config.data.dataset = try registry.resolve(.dataset, Component(node))
        return config
    }

    /// The data set with relative paths resolved against a folder, where they lead to something or nothing is here.
    /// - Parameter isMeant: Whether a path of an option is to be resolved.
    private func found(
        _ data: DataConfig, from folder: String, _ registry: Registry, where isMeant: (String, String) -> Bool
    ) -> ConfigNode {
        var node = data.dataset.node
        guard let source = try? registry.build(.dataset, data.dataset) else { return node }
        for option in source.pathOptions {
            guard let path = node[option]?.string, !path.isEmpty, !path.hasPrefix("/"), !path.hasPrefix("~"),
                isMeant(option, path)
            else { continue }
            let original = URL(fileURLWithPath: folder).appending(path: path).standardizedFileURL.path
            let isHere = FileManager.default.fileExists(atPath: path)
            guard FileManager.default.fileExists(atPath: original) || !isHere else { continue }
            node = node.setting([option], to: .string(original))
        }
        return node
    }

    /// What a configuration changes in that of the run, one line each; the same data set by another path is no change.
    /// - Throws: `ConfigError` for an invalid configuration in the folder, or ``RunError``.
    @_spi(Internal) public func changes(in config: ExperimentConfig, registry: Registry) throws -> [String] {
        var (now, before) = (config, try self.config())
        if let folder = try data()?.folder {
            before.data.dataset = Component(found(before.data, from: folder, registry) { _, _ in true })
        }
        now.data.dataset = Component(now.data.absoluteDataset(registry))
        before.data.dataset = Component(before.data.absoluteDataset(registry))
        return now.node.differences(from: before.node)
    }
}

extension DataConfig {
    /// The data set with absolute paths, so that those of two working directories can be compared.
    fileprivate func absoluteDataset(_ registry: Registry) -> ConfigNode {
        var node = dataset.node
        guard let source = try? registry.build(.dataset, dataset) else { return node }
        for option in source.pathOptions {
            guard let path = node[option]?.string, !path.isEmpty, !path.hasPrefix("~") else { continue }
            node = node.setting([option], to: .string(URL(fileURLWithPath: path).standardizedFileURL.path))
        }
        return node
    }

    /// The data set with paths relative to a folder; nil if one is not in it.
    fileprivate func dataset(below folder: String, _ registry: Registry) -> ConfigNode? {
        var node = absoluteDataset(registry)
        for option in (try? registry.build(.dataset, dataset))?.pathOptions ?? [] {
            guard let path = node[option]?.string, !path.isEmpty else { continue }
            guard path.hasPrefix(folder + "/") else { return nil }
            node = node.setting([option], to: .string(String(path.dropFirst(folder.count + 1))))
        }
        return node
    }
}
