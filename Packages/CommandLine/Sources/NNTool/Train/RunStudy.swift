import Foundation
@_spi(Internal) import NNCore
import NNLayers
@_spi(Internal) import NNTraining

/// The folder of runs that differ only by their seed: `RUNS/CONFIG-seeds/TIME`, with a run folder `seed-N` for each.
struct RunStudy {
    let url: URL
    private(set) var seeds: [UInt64]
    private(set) var results: [StudyResult]

    private static let tableName = "seeds.json"

    /// The name of the folder for runs of a configuration with several seeds.
    static func folderName(of configuration: String) -> String { "\(configuration)-seeds" }

    /// Whether a folder holds runs with several seeds.
    static func exists(at url: URL) -> Bool {
        FileManager.default.fileExists(atPath: url.appending(path: tableName).path)
    }

    /// The latest folder with seeds of a configuration that is not finished, or else the latest; nil if there is none.
    static func toResume(in runs: URL, configuration: String) -> URL? {
        let all = RunDirectory.all(in: runs, configuration: folderName(of: configuration)).map(\.url).filter(exists)
        // One that cannot be read is something to be told of.
        return all.first { url in (try? RunStudy(existing: url))?.unfinishedSeeds.isEmpty != true } ?? all.first
    }

    /// Creates a new folder.
    /// - Throws: `RunError` if it cannot be created, `TensorFileError` if it cannot be written to.
    init(in runs: URL, configuration: String, config: ExperimentConfig, seeds: [UInt64]) throws {
        url = try RunDirectory.create(in: runs, configuration: Self.folderName(of: configuration)).url
        self.seeds = seeds
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
            let seeds: [UInt64]
            let results: [StudyResult]
        }
        let file = url.appending(path: Self.tableName)
        do {
            let contents = try JSONDecoder.ofResults.decode(Contents.self, from: Data(contentsOf: file))
            self.url = url
            seeds = contents.seeds
            results = contents.results
        } catch {
            throw RunError(
                "'\(file.path)' cannot be read: \(SystemError.text(of: error)); remove the folder, and train again")
        }
    }

    /// The resolved configuration, with its own seed.
    var configFile: URL { url.appending(path: "config.yaml") }

    /// Rejects a configuration other than that of the earlier seeds, since a mean of both would be meaningless.
    /// - Throws: `CommandFailure`, and `ConfigError` or `RunError` if the earlier configuration cannot be read.
    func check(_ config: ExperimentConfig, registry: Registry) throws {
        let changes = try RunDirectory(existing: url).changes(in: config, registry: registry)
        if changes.isEmpty { return }
        throw CommandFailure(
            message:
                "\(url.relativePath): its seeds were trained with another configuration, \(changes[0]); continue with "
                + "nn train --resume \(url.relativePath) alone, or start again without --resume")
    }

    /// Adds seeds after those that are there already; ``save()`` writes them.
    mutating func add(seeds more: [UInt64]) { seeds += more.filter { !seeds.contains($0) } }

    /// The seeds without a result.
    var unfinishedSeeds: [UInt64] { seeds.filter { seed in !results.contains { $0.seed == seed } } }

    /// The results so far.
    var table: StudyTable {
        StudyTable(
            run: url.relativePath, seeds: seeds,
            results: seeds.compactMap { seed in results.first { $0.seed == seed } })
    }

    /// The run folder of a seed, created if necessary, and whether it is new: without a checkpoint to resume from.
    func run(of seed: UInt64) throws -> (run: RunDirectory, isNew: Bool) {
        let folder = url.appending(path: "seed-\(seed)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let run = try RunDirectory(existing: folder)
        return (run, !run.hasCheckpoint)
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

    /// Writes the seeds and their results, which ``init(existing:)`` reads.
    func save() throws {
        try AtomicFile.write(
            JSONEncoder.ofResults.encode(table) + Data("\n".utf8), to: url.appending(path: Self.tableName))
        if !results.isEmpty { try AtomicFile.write(Data(table.csv.utf8), to: url.appending(path: "seeds.csv")) }
    }

    /// Removes the folder unless a seed has been trained far enough to be resumed.
    func removeIfEmpty() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        guard results.isEmpty, !names.contains(where: { $0.hasPrefix("seed-") }) else { return }
        try? RunDirectory(existing: url).remove()
    }
}

/// Trains one configuration with several seeds, one after the other.
struct StudyTraining {
    let config: ExperimentConfig
    let tool: Tool
    /// Whether a seed continues from an older checkpoint where its last one is damaged.
    let fallsBack: Bool
    /// Writes a line of text.
    let say: (String) -> Void

    /// Trains with each seed that has no result yet, and writes the tables after each one.
    /// - Parameter first: The experiment with the first of these seeds, if it has been built already.
    /// - Returns: Whether all seeds are finished; false after an interruption.
    func run(_ study: inout RunStudy, first: Experiment?) throws -> Bool {
        var first = first
        for seed in study.unfinishedSeeds {
            let experiment = try first ?? experiment(seed)
            first = nil
            let (run, isNew) = try study.run(of: seed)
            let number = (study.seeds.firstIndex(of: seed) ?? 0) + 1
            say("seed \(seed) (\(number) of \(study.seeds.count))\(isNew ? "" : ", resumed")  \(run.url.relativePath)")
            do {
                let session = try TrainingSession(
                    experiment, in: run, isNew: isNew, of: study.url, fallsBack: fallsBack, console: tool.console)
                study.keepData(of: run)
                for result in experiment.loadedWeights { say("weights \(result)") }
                session.trainer.callbacks.append(TrainingMonitor(console: tool.console, say: say))
                let report = try session.train()
                say(report.outcome + "\n")
                if report.summary.ending.isPause { return false }
                try study.add(StudyResult(seed: seed, summary: report.summary, run: run))
            } catch {
                study.removeIfEmpty()
                if !study.results.isEmpty { say(study.table.text) }
                throw error
            }
        }
        return true
    }

    /// The experiment with a seed.
    func experiment(_ seed: UInt64) throws -> Experiment {
        var config = config
        config.seed = seed
        return try Experiment(config, registry: tool.registry)
    }
}
