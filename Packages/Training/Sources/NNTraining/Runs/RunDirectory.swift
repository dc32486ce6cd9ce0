import Foundation
@_spi(Internal) import NNCore
import NNDatasets
import NNInference
import NNLayers

/// The folder of a training run: `runs/CONFIGURATION/TIMESTAMP`.
public struct RunDirectory: Sendable, Hashable {
    /// The location of the folder.
    public let url: URL

    /// Creates a new folder, never one that another run uses.
    ///
    /// - Parameters:
    ///   - root: The folder of all runs, which is created if necessary.
    ///   - configuration: The name of what is trained, usually that of the configuration file.
    ///   - date: The time of the start.
    /// - Throws: ``RunError`` if the folder cannot be created.
    public static func create(
        in root: URL, configuration: String, date: Date = Date()
    ) throws(RunError) -> RunDirectory {
        let parent = root.appendingPathComponent(folderName(for: configuration), isDirectory: true)
        do {
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        } catch {
            throw RunError("cannot create the folder of runs '\(parent.path)': \(SystemError.text(of: error))")
        }
        let name = timestamp(date)
        for number in 1...1000 {
            let url = parent.appendingPathComponent(number == 1 ? name : "\(name)-\(number)", isDirectory: true)
            // mkdir itself tells whether the name was free: a check before it would be a race.
            if mkdir(url.path, 0o777) == 0 { return RunDirectory(url: url) }
            let code = errno
            guard code == EEXIST else {
                throw RunError("cannot create the run folder '\(url.path)': \(SystemError(code))")
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

    /// The latest run of a configuration; nil if there is none.
    ///
    /// Folders whose names are not timestamps are skipped.
    /// - Parameter checkpoint: The checkpoint that the run must have; nil for any run.
    public static func latest(
        in root: URL, configuration: String, holding checkpoint: CheckpointName? = nil
    ) -> RunDirectory? {
        all(in: root, configuration: configuration).first { run in checkpoint.map(run.has) ?? true }
    }

    /// The runs of a configuration, the newest first.
    @_spi(Internal) public static func all(in root: URL, configuration: String) -> [RunDirectory] {
        let parent = root.appendingPathComponent(folderName(for: configuration), isDirectory: true)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
        // A number follows the timestamp where several runs began within a second.
        return names.filter { $0.prefixMatch(of: /\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d/) != nil }
            .sorted { $0.compare($1, options: .numeric) == .orderedDescending }
            .map { RunDirectory(url: parent.appendingPathComponent($0, isDirectory: true)) }
    }

    private init(url: URL) { self.url = url }

    /// The location of a file in the folder.
    public func file(_ name: String) -> URL { url.appendingPathComponent(name) }

    /// Replaces everything but letters, digits, dots, dashes and underscores, since a name may come from anywhere.
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

/// A run folder that cannot be created, read or written.
public struct RunError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, with the path.
    public let description: String

    /// An error with a message that names the path.
    public init(_ description: String) { self.description = description }
}

extension RunError {
    /// Writes a file that appears under its name only when it is complete.
    static func write(_ data: Data, to url: URL) throws(RunError) {
        do {
            try AtomicFile.write(data, to: url)
        } catch {
            throw RunError("'\(url.path)' \(error.reason)")
        }
    }

    /// Writes a text as UTF-8.
    static func write(_ text: String, to url: URL) throws(RunError) { try write(Data(text.utf8), to: url) }
}

extension RunDirectory {
    /// The checkpoints of a run.
    public enum CheckpointName: String, Sendable, CaseIterable {
        /// The state after the last epoch, or when training stopped.
        case last
        /// The state after the epoch with the best score.
        case best
    }

    /// The location of a checkpoint.
    public func url(of checkpoint: CheckpointName) -> URL { file("\(checkpoint.rawValue).safetensors") }

    /// Whether the run has a checkpoint.
    public func has(_ checkpoint: CheckpointName) -> Bool {
        FileManager.default.fileExists(atPath: url(of: checkpoint).path)
    }

    /// The location of the resolved configuration: `config.yaml`.
    public var configFile: URL { file("config.yaml") }

    /// Reads the configuration of the run.
    /// - Throws: `ConfigError` if the file is missing or is not a valid configuration.
    public func config() throws(ConfigError) -> ExperimentConfig {
        try ConfigDecoder().decode(ExperimentConfig.self, from: ConfigLoader.load(configFile.path))
    }

    /// Writes the configuration as `config.yaml`, and the class names line by line as `classes.txt`.
    /// - Throws: ``RunError`` if a file cannot be written.
    func write(_ config: ExperimentConfig, classNames: [String]) throws {
        try RunError.write(YAMLWriter.write(try ConfigEncoder().encode(config)), to: configFile)
        try RunError.write(classNames.map { $0 + "\n" }.joined(), to: file("classes.txt"))
    }
}

extension RunDirectory {
    /// Writes a network that was trained elsewhere as the run's best checkpoint, with its configuration, to evaluate
    /// it and predict with it.
    /// - Throws: ``RunError`` or ``CheckpointError`` if a file cannot be written.
    public func write(_ network: Network, config: ExperimentConfig, description: DataDescription) throws {
        try write(config, classNames: description.classNames)
        var information = CheckpointInformation()
        information.data = description
        information.seed = config.seed
        let checkpoint = Checkpoint(weights: network.stateDictionary, information: information)
        try checkpoint.write(to: url(of: .best))
    }
}
