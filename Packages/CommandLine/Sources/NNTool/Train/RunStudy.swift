import Foundation
@_spi(Internal) import NNCore
import NNLayers
@_spi(Internal) import NNTraining

/// What the runs of a study differ by.
enum Variation: String, Codable, CaseIterable {
    /// The seed of training.
    case seed
    /// The fold of the data that is for validation.
    case fold

    /// The word for several, which is also the key of their list.
    var plural: String { "\(rawValue)s" }

    /// The file of the table in the folder of a study.
    var tableName: String { "\(plural).json" }

    /// The name of the folder for studies of a configuration.
    func folderName(of configuration: String) -> String { "\(configuration)-\(plural)" }

    /// The configuration of one run.
    func config(_ config: ExperimentConfig, of number: UInt64) -> ExperimentConfig {
        var config = config
        switch self {
        case .seed: config.seed = number
        case .fold: config.data.fold = Int(number)
        }
        return config
    }
}

/// The folder of runs that differ by one thing only, such as their seed: `RUNS/CONFIG-seeds/TIME`, with a run folder
/// `seed-N` for each.
struct RunStudy {
    let url: URL
    let variation: Variation
    /// The seeds or folds.
    private(set) var numbers: [UInt64]
    private(set) var results: [StudyResult]

    /// What the runs in a folder differ by; nil for a folder of anything else.
    static func variation(at url: URL) -> Variation? {
        Variation.allCases.first { FileManager.default.fileExists(atPath: url.appending(path: $0.tableName).path) }
    }

    /// The latest study of a configuration that is not finished, or else the latest; nil if there is none.
    static func toResume(in runs: URL, configuration: String, _ variation: Variation) -> URL? {
        let folder = variation.folderName(of: configuration)
        let all = RunDirectory.all(in: runs, configuration: folder).map(\.url)
            .filter { self.variation(at: $0) == variation }
        // One that cannot be read is something to be told of.
        return all.first { url in (try? RunStudy(existing: url))?.unfinished.isEmpty != true } ?? all.first
    }

    /// Creates a new folder.
    /// - Throws: `RunError` if it cannot be created, `TensorFileError` if it cannot be written to.
    init(
        in runs: URL, configuration: String, config: ExperimentConfig, _ variation: Variation, _ numbers: [UInt64]
    ) throws {
        url = try RunDirectory.create(in: runs, configuration: variation.folderName(of: configuration)).url
        self.variation = variation
        self.numbers = numbers
        results = []
        do {
            try AtomicFile.write(Data(YAMLWriter.write(config.node).utf8), to: configFile)
            try save()
        } catch {
            removeIfEmpty()
            throw error
        }
    }

    /// Opens the folder of an earlier process.
    /// - Throws: `RunError` if it cannot be read.
    init(existing url: URL) throws {
        struct Contents: Decodable {
            let seeds: [UInt64]?
            let folds: [UInt64]?
            let results: [StudyResult]
        }
        variation = Self.variation(at: url) ?? .seed
        let file = url.appending(path: variation.tableName)
        do {
            let contents = try JSONDecoder.ofResults.decode(Contents.self, from: Data(contentsOf: file))
            self.url = url
            numbers = (variation == .seed ? contents.seeds : contents.folds) ?? []
            results = contents.results
        } catch {
            throw RunError(
                "'\(file.path)' cannot be read: \(SystemError.text(of: error)); remove the folder, and train again")
        }
    }

    /// The resolved configuration, with its own seed.
    var configFile: URL { url.appending(path: "config.yaml") }

    /// Rejects a configuration other than that of the earlier runs, since a mean of both would be meaningless.
    /// - Throws: `CommandFailure`, and `ConfigError` or `RunError` if the earlier configuration cannot be read.
    func check(_ config: ExperimentConfig, registry: Registry) throws {
        let changes = try RunDirectory(existing: url).changes(in: config, registry: registry)
        if changes.isEmpty { return }
        throw CommandFailure(
            message:
                "\(url.relativePath): its \(variation.plural) were trained with another configuration, \(changes[0]); continue with "
                + "nn train --resume \(url.relativePath) alone, or start again without --resume")
    }

    /// Adds seeds after those that are there already; ``save()`` writes them.
    mutating func add(seeds more: [UInt64]) { numbers += more.filter { !numbers.contains($0) } }

    /// The seeds or folds without a result.
    var unfinished: [UInt64] { numbers.filter { number in !results.contains { $0.number == number } } }

    /// The results so far.
    var table: StudyTable {
        StudyTable(
            run: url.relativePath, variation: variation, numbers: numbers,
            results: numbers.compactMap { number in results.first { $0.number == number } })
    }

    /// The run folder of a seed or fold, created if necessary, and whether it is new: without a checkpoint to resume from.
    func run(of number: UInt64) throws -> (run: RunDirectory, isNew: Bool) {
        let folder = url.appending(path: "\(variation.rawValue)-\(number)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let run = try RunDirectory(existing: folder)
        return (run, !run.hasCheckpoint)
    }

    /// The run folders, as far as there are any, in the order of their seeds or folds.
    var runs: [RunDirectory] {
        numbers.compactMap { number in
            try? RunDirectory(
                existing: url.appending(path: "\(variation.rawValue)-\(number)", directoryHint: .isDirectory))
        }
    }

    /// Keeps what a run notes of its data, so that the configuration of the folder finds it from anywhere too.
    func keepData(of run: RunDirectory) {
        let file = url.appending(path: run.dataFile.lastPathComponent)
        if PathKind(of: file.path) == .nothing { try? FileManager.default.copyItem(at: run.dataFile, to: file) }
    }

    /// Adds a result, and writes both tables.
    mutating func add(_ result: StudyResult) throws {
        results.append(result)
        try save()
    }

    /// Writes the seeds or folds and their results, which ``init(existing:)`` reads.
    func save() throws {
        try AtomicFile.write(
            JSONEncoder.ofResults.encode(table) + Data("\n".utf8), to: url.appending(path: variation.tableName))
        if !results.isEmpty {
            try AtomicFile.write(Data(table.csv.utf8), to: url.appending(path: "\(variation.plural).csv"))
        }
    }

    /// Removes the folder unless a run has been trained far enough to be resumed.
    func removeIfEmpty() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        guard results.isEmpty, !names.contains(where: { $0.hasPrefix("\(variation.rawValue)-") }) else { return }
        try? RunDirectory(existing: url).remove()
    }
}

/// Trains one configuration several times, with one seed or fold after the other.
struct StudyTraining {
    let config: ExperimentConfig
    let variation: Variation
    let tool: Tool
    /// Whether a run continues from an older checkpoint where its last one is damaged.
    let fallsBack: Bool
    /// Writes a line of text.
    let say: (String) -> Void

    /// Trains with each seed or fold that has no result yet, and writes the tables after each one.
    /// - Parameter first: The first of these experiments, if it has been built already.
    /// - Returns: Why the training of one has paused; nil where all are finished.
    func run(_ study: inout RunStudy, first: Experiment?) throws -> TrainingSummary.Ending? {
        var first = first
        for number in study.unfinished {
            let experiment = try first ?? experiment(number)
            first = nil
            let (run, isNew) = try study.run(of: number)
            let position = (study.numbers.firstIndex(of: number) ?? 0) + 1
            say(
                "\(variation.rawValue) \(number) (\(position) of \(study.numbers.count))\(isNew ? "" : ", resumed")  "
                    + run.url.relativePath)
            do {
                let session = try TrainingSession(
                    experiment, in: run, isNew: isNew, of: study.url, fallsBack: fallsBack, console: tool.console)
                study.keepData(of: run)
                for result in experiment.loadedWeights { say("weights \(result)") }
                session.trainer.callbacks.append(TrainingMonitor(console: tool.console, say: say))
                let report = try session.train()
                say(report.outcome + "\n")
                if report.summary.ending.isPause { return report.summary.ending }
                try study.add(StudyResult(variation, number, summary: report.summary, run: run))
            } catch {
                study.removeIfEmpty()
                if !study.results.isEmpty { say(study.table.text) }
                throw error
            }
        }
        return nil
    }

    /// The experiment with a seed or fold.
    func experiment(_ number: UInt64) throws -> Experiment {
        try Experiment(variation.config(config, of: number), registry: tool.registry)
    }
}
