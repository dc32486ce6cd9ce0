import Foundation
@_spi(Internal) import NNCore
import NNLayers

/// The version of nnkit.
@_spi(Internal) public enum Release {
    /// As `nn --version` prints it.
    public static let version = "0.1.0"
}

/// What a run was trained by, each time that training began or was resumed: `record.json` in its folder.
///
/// Results are the same bits for the same machine as it is noted here.
@_spi(Internal) public struct RunRecord: Codable, Sendable, Equatable {
    /// Training by one process.
    public struct Session: Codable, Sendable, Equatable {
        /// The time of the start by ISO 8601, with the zone.
        public var started: String
        /// The number of epochs that were finished before.
        public var epoch: Int
        /// The number of steps that were finished before.
        public var step: Int
        /// What calculates.
        public var machine: RunMachine
        /// The program and its arguments.
        public var commandLine: [String]
        /// The working folder.
        public var folder: String
        /// The revision of the working folder; nil where it is in no repository of git.
        public var git: GitRevision?
        /// The variables that change what is calculated or where files are found; no others, which may be secret.
        public var environment: [String: String]

        private enum CodingKeys: String, CodingKey {
            case started, epoch, step, machine, folder, git, environment
            case commandLine = "command_line"
        }

        /// What this process trains by, from some progress on.
        init(from progress: TrainingProgress) {
            started = Timestamp.text()
            (epoch, step) = (progress.epoch, progress.step)
            machine = RunMachine()
            commandLine = ProcessInfo.processInfo.arguments
            folder = FileManager.default.currentDirectoryPath
            git = GitRevision(of: folder)
            environment = Self.environment()
        }

        private static let prefixes = ["NN_", "OMP_", "GOMP_", "OPENBLAS_", "ONEDNN_", "DNNL_", "MKL_"]
        private static let names = ["LD_LIBRARY_PATH", "TZ", "LANG"]

        /// The variables that are noted.
        static func environment(
            of all: [String: String] = ProcessInfo.processInfo.environment
        ) -> [String: String] {
            all.filter { name, _ in names.contains(name) || prefixes.contains(where: name.hasPrefix) }
        }
    }

    /// From the first to the last.
    public var sessions: [Session] = []
}

extension RunDirectory {
    /// The location of the record: `record.json`.
    var recordFile: URL { file("record.json") }

    /// Whether the run has a record, as every run has from its start.
    @_spi(Internal) public var hasRecord: Bool { FileManager.default.fileExists(atPath: recordFile.path) }

    /// The record of the run; nil for a run of a version that did not write it.
    /// - Throws: ``RunError`` for a file that cannot be read.
    @_spi(Internal) public func record() throws(RunError) -> RunRecord? {
        guard hasRecord else { return nil }
        do {
            return try JSONDecoder().decode(RunRecord.self, from: Data(contentsOf: recordFile))
        } catch {
            throw RunError(
                "'\(recordFile.path)' cannot be read: \(SystemError.text(of: error)); remove it, and train without the "
                    + "history of the run")
        }
    }

    /// Adds a session to the record, which is written as a whole.
    /// - Throws: ``RunError`` if it cannot be read or written.
    func add(_ session: RunRecord.Session) throws {
        var record = try record() ?? RunRecord()
        record.sessions.append(session)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try RunError.write(String(decoding: try encoder.encode(record), as: UTF8.self) + "\n", to: recordFile)
    }
}

/// Times of records and logs.
enum Timestamp {
    /// A time by ISO 8601 with milliseconds and the zone, such as `2025-11-30T18:03:59.250+01:00`.
    static func text(_ date: Date = Date(), in zone: TimeZone = .current) -> String {
        date.formatted(
            Date.ISO8601FormatStyle(
                dateSeparator: .dash, dateTimeSeparator: .standard, timeSeparator: .colon, timeZoneSeparator: .colon,
                includingFractionalSeconds: true, timeZone: zone))
    }
}
