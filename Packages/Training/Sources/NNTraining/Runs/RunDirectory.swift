import Foundation
import NNDatasets
import NNLayers

/// The folder of a training run: `runs/CONFIGURATION/TIMESTAMP`.
public struct RunDirectory: Sendable, Hashable {
    public let url: URL

    /// Makes a new folder, never one that another run has.
    ///
    /// - Parameters:
    ///   - root: The folder of all runs; it is made where there is none.
    ///   - configuration: The name of what is trained, usually that of the configuration file.
    ///   - date: The time of the start.
    /// - Throws: ``RunError`` if it cannot be made.
    public static func create(
        in root: URL, configuration: String, date: Date = Date()
    ) throws(RunError) -> RunDirectory {
        let parent = root.appendingPathComponent(folderName(for: configuration), isDirectory: true)
        do {
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        } catch {
            throw RunError("cannot make the folder of runs '\(parent.path)': \(error.localizedDescription)")
        }
        let name = timestamp(date)
        for number in 1...1000 {
            let url = parent.appendingPathComponent(number == 1 ? name : "\(name)-\(number)", isDirectory: true)
            // mkdir itself says whether the name was free: a test before it could be overtaken.
            if mkdir(url.path, 0o777) == 0 { return RunDirectory(url: url) }
            let code = errno
            guard code == EEXIST else {
                throw RunError("cannot make the run folder '\(url.path)': \(String(cString: strerror(code)))")
            }
        }
        throw RunError("there are 1000 runs of '\(parent.path)/\(name)'; choose another folder for runs")
    }

    /// The folder of an earlier run.
    /// - Throws: ``RunError`` if there is no such folder.
    public init(existing url: URL) throws(RunError) {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory), isDirectory.boolValue else {
            throw RunError("there is no run folder '\(url.path)'")
        }
        self.url = url
    }

    /// The run of a configuration that was started last; nil where there is none.
    ///
    /// Folders that were given another name than that of a time are passed over.
    /// - Parameter checkpoint: What it must hold; nil for a folder of any contents.
    public static func latest(
        in root: URL, configuration: String, holding checkpoint: CheckpointName? = nil
    ) -> RunDirectory? {
        let parent = root.appendingPathComponent(folderName(for: configuration), isDirectory: true)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
        // Their names are times, with a number where one second saw several.
        return names.filter { $0.prefixMatch(of: /\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d/) != nil }
            .sorted { $0.compare($1, options: .numeric) == .orderedDescending }
            .map { RunDirectory(url: parent.appendingPathComponent($0, isDirectory: true)) }
            .first { run in checkpoint.map(run.has) ?? true }
    }

    private init(url: URL) { self.url = url }

    /// The place of a file in the folder.
    public func file(_ name: String) -> URL { url.appendingPathComponent(name) }

    /// Letters, digits, dots, dashes and underscores are kept, since a name may come from anywhere.
    static func folderName(for configuration: String) -> String {
        let kept = configuration.map { character in
            character.isASCII && (character.isLetter || character.isNumber) || "._-".contains(character)
                ? character : "-"
        }
        let name = String(kept.drop { $0 == "." })
        return name.isEmpty ? "run" : name
    }

    static func timestamp(_ date: Date, in timeZone: TimeZone = .current) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = timeZone
        formatter.dateFormat = "yyyy-MM-dd_HH-mm-ss"
        return formatter.string(from: date)
    }
}

/// A run folder that cannot be made, read or written.
public struct RunError: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

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
