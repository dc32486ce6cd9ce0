import Datasets
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
