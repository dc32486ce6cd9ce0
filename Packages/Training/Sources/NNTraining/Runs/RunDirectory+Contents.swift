import NNDatasets
import Foundation
import NNLayers

extension RunDirectory {
    /// The checkpoints of a run.
    public enum CheckpointName: String, Sendable, CaseIterable {
        /// The state when training ended, or an epoch did.
        case last
        /// The state after the epoch with the best score.
        case best
    }

    /// The file of a checkpoint.
    public func url(of checkpoint: CheckpointName) -> URL { file("\(checkpoint.rawValue).safetensors") }

    /// Whether there is such a checkpoint.
    public func has(_ checkpoint: CheckpointName) -> Bool {
        FileManager.default.fileExists(atPath: url(of: checkpoint).path)
    }

    /// The resolved configuration of the run.
    public var configFile: URL { file("config.yaml") }

    /// Reads the configuration of the run.
    /// - Throws: `ConfigError`
    public func config() throws(ConfigError) -> ExperimentConfig {
        try ConfigDecoder().decode(ExperimentConfig.self, from: ConfigLoader.load(configFile.path))
    }

    /// Writes the configuration as `config.yaml`, and the class names a line each as `classes.txt`.
    /// - Throws: ``RunError`` if it cannot be written.
    func write(_ config: ExperimentConfig, classNames: [String]) throws {
        let text = YAMLWriter.write(try ConfigEncoder().encode(config))
        do {
            try Data(text.utf8).write(to: configFile, options: .atomic)
            let lines = classNames.map { $0 + "\n" }.joined()
            try Data(lines.utf8).write(to: file("classes.txt"), options: .atomic)
        } catch {
            throw RunError("cannot write to the run folder '\(url.path)': \(error.localizedDescription)")
        }
    }
}

extension RunDirectory {
    /// Writes a network that was not trained here as the run's best checkpoint, with its configuration, so that it
    /// can be evaluated and predicted with.
    /// - Throws: ``RunError`` or ``CheckpointError`` if it cannot be written.
    public func write(_ network: Network, config: ExperimentConfig, description: DataDescription) throws {
        try write(config, classNames: description.classNames)
        var information = CheckpointInformation()
        information.data = description
        information.seed = config.seed
        let checkpoint = Checkpoint(weights: network.stateDictionary, information: information)
        try checkpoint.write(to: url(of: .best))
    }
}
