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
    /// Values of any keys of the configuration, and seeds as well.
    case sweep

    /// The word for several, which is also the key of their list.
    var plural: String { self == .sweep ? rawValue : "\(rawValue)s" }

    /// The file of the table in the folder of a study.
    var tableName: String { "\(plural).json" }

    /// The name of the folder for studies of a configuration.
    func folderName(of configuration: String) -> String { "\(configuration)-\(plural)" }

    /// The configuration of one run.
    func config(_ config: ExperimentConfig, of number: UInt64) -> ExperimentConfig {
        var config = config
        switch self {
        case .seed, .sweep: config.seed = number
        case .fold: config.data.fold = Int(number)
        }
        return config
    }
}

/// One run of a study.
struct StudyMember: Codable, Equatable {
    /// The name of its folder in that of the study.
    let name: String
    /// The seed or fold; nil where a sweep varies the seed as any other key.
    var number: UInt64?
    /// The values of the keys that a sweep varies.
    var values: [String] = []
    /// The changes of the configuration in a sweep, as `--set` takes them; the seed is ``number``.
    var changes: [String] = []

    /// The run with a seed or fold.
    static func numbered(_ variation: Variation, _ number: UInt64) -> StudyMember {
        StudyMember(name: "\(variation.rawValue)-\(number)", number: number)
    }
}

/// A run of a sweep that failed, which is tried again where the sweep is resumed.
struct StudyFailure: Codable, Equatable {
    /// The name of its folder.
    let run: String
    let reason: String
}

/// What a study writes to its folder: JSON that is read again, and tables for people and programs.
protocol StudySummary: Encodable {
    /// The scores as a table.
    var text: String { get }
    /// The texts of files by their names, as far as there are results.
    var files: [String: String] { get }
}

/// The folder of runs of one configuration that differ by a seed, a fold or some values: `RUNS/CONFIG-seeds/TIME`, with a
/// run folder for each, such as `seed-N`.
struct RunStudy {
    let url: URL
    let variation: Variation
    /// The keys that a sweep varies; none of seeds and folds.
    let keys: [String]
    /// All runs, also those that are not finished.
    private(set) var members: [StudyMember]
    private(set) var results: [StudyResult]
    private(set) var failures: [StudyFailure] = []

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
    /// - Parameter config: The configuration that runs change.
    /// - Throws: `RunError` if it cannot be created, `TensorFileError` if it cannot be written to.
    init(
        in runs: URL, configuration: String, config: ConfigNode, _ variation: Variation, keys: [String] = [],
        _ members: [StudyMember]
    ) throws {
        url = try RunDirectory.create(in: runs, configuration: variation.folderName(of: configuration)).url
        self.variation = variation
        self.keys = keys
        self.members = members
        results = []
        do {
            try AtomicFile.write(Data(YAMLWriter.write(config).utf8), to: configFile)
            try save()
        } catch {
            removeIfEmpty()
            throw error
        }
    }

    /// Creates a new folder of seeds or folds.
    /// - Throws: As ``init(in:configuration:config:_:keys:_:)``.
    init(
        in runs: URL, configuration: String, config: ExperimentConfig, _ variation: Variation, _ numbers: [UInt64]
    ) throws {
        try self.init(
            in: runs, configuration: configuration, config: config.node, variation,
            numbers.map { .numbered(variation, $0) })
    }

    /// Opens the folder of an earlier process.
    /// - Throws: `RunError` if it cannot be read.
    init(existing url: URL) throws {
        struct Contents: Decodable {
            let seeds: [UInt64]?
            let folds: [UInt64]?
            let keys: [String]?
            let runs: [StudyMember]?
            let results: [StudyResult]
            let failures: [StudyFailure]?
        }
        variation = Self.variation(at: url) ?? .seed
        let file = url.appending(path: variation.tableName)
        do {
            let contents = try JSONDecoder.ofResults.decode(Contents.self, from: Data(contentsOf: file))
            self.url = url
            keys = contents.keys ?? []
            switch variation {
            case .seed: members = (contents.seeds ?? []).map { .numbered(.seed, $0) }
            case .fold: members = (contents.folds ?? []).map { .numbered(.fold, $0) }
            case .sweep: members = contents.runs ?? []
            }
            results = contents.results
            failures = contents.failures ?? []
        } catch {
            throw RunError(
                "'\(file.path)' cannot be read: \(SystemError.text(of: error)); remove the folder, and train again")
        }
    }

    /// The resolved configuration, with its own seed; of a sweep what its runs change, with defaults left out.
    var configFile: URL { url.appending(path: "config.yaml") }

    /// The seeds or folds.
    var numbers: [UInt64] { members.compactMap(\.number) }

    /// Rejects a configuration other than that of the earlier runs, since a mean of both would be meaningless.
    /// - Throws: `CommandFailure`, and `ConfigError` or `RunError` if the earlier configuration cannot be read.
    func check(_ config: ExperimentConfig, registry: Registry) throws {
        let changes = try RunDirectory(existing: url).changes(in: config, registry: registry)
        if let change = changes.first { throw refusal(of: change) }
    }

    /// The error for another configuration.
    func refusal(of change: String) -> CommandFailure {
        let runs = variation == .sweep ? "runs" : variation.plural
        return CommandFailure(
            message:
                "\(url.relativePath): its \(runs) were trained with another configuration, \(change); continue with "
                + "nn \(variation == .sweep ? "sweep" : "train") --resume \(url.relativePath) alone, or start again "
                + "without --resume")
    }

    /// Adds seeds after those that are there already; ``save()`` writes them.
    mutating func add(seeds more: [UInt64]) { add(more.map { .numbered(.seed, $0) }) }

    /// Adds runs after those that are there already; ``save()`` writes them.
    mutating func add(_ more: [StudyMember]) {
        members += more.filter { new in
            !members.contains { $0.number == new.number && $0.values == new.values }
        }
    }

    /// The runs without a result.
    var unfinished: [StudyMember] { members.filter { member in !results.contains { $0.run == member.name } } }

    /// The results of seeds or folds so far.
    var table: StudyTable {
        StudyTable(
            run: url.relativePath, variation: variation, numbers: numbers,
            results: members.compactMap { member in results.first { $0.run == member.name } })
    }

    /// The results so far.
    var summary: any StudySummary { variation == .sweep ? SweepTable(of: self) : table }

    /// The run folder of a member, created if necessary, and whether it is new: without a checkpoint to resume from.
    func run(of member: StudyMember) throws -> (run: RunDirectory, isNew: Bool) {
        let folder = folder(of: member)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let run = try RunDirectory(existing: folder)
        return (run, !run.hasCheckpoint)
    }

    /// The run folders, as far as there are any, in the order of the members.
    var runs: [RunDirectory] { members.compactMap { try? RunDirectory(existing: folder(of: $0)) } }

    private func folder(of member: StudyMember) -> URL {
        url.appending(path: member.name, directoryHint: .isDirectory)
    }

    /// Keeps what a run notes of its data, so that the configuration of the folder finds it from anywhere too.
    func keepData(of run: RunDirectory) {
        let file = url.appending(path: run.dataFile.lastPathComponent)
        if PathKind(of: file.path) == .nothing { try? FileManager.default.copyItem(at: run.dataFile, to: file) }
    }

    /// Adds a result in the place of a failure, and writes the tables.
    mutating func add(_ result: StudyResult) throws {
        results.append(result)
        failures.removeAll { $0.run == result.run }
        try save()
    }

    /// Notes that a run has failed, and writes the tables.
    mutating func add(_ failure: StudyFailure) throws {
        failures.removeAll { $0.run == failure.run }
        failures.append(failure)
        try save()
    }

    /// Writes the runs and their results, which ``init(existing:)`` reads.
    func save() throws {
        let summary = summary
        try AtomicFile.write(
            JSONEncoder.ofResults.encode(summary) + Data("\n".utf8), to: url.appending(path: variation.tableName))
        if results.isEmpty, failures.isEmpty { return }
        for (name, text) in summary.files { try AtomicFile.write(Data(text.utf8), to: url.appending(path: name)) }
    }

    /// Removes the folder unless a run has been trained far enough to be resumed.
    func removeIfEmpty() {
        guard results.isEmpty, failures.isEmpty, runs.isEmpty else { return }
        try? RunDirectory(existing: url).remove()
    }
}

extension RunStudy {
    /// What a run differs by, such as `seed 4`, or `model.backbone.depth=20  seed 4`.
    func title(of member: StudyMember) -> String {
        let number = member.number.map { "\(variation == .fold ? "fold" : "seed") \($0)" }
        guard variation == .sweep else { return number ?? member.name }
        // Where each point has one seed, it says nothing.
        let varies = Set(members.map(\.number)).count > 1
        let values = zip(keys, member.values).map { SweepAxis.assignment($0, $1) }
        return (values + (varies ? [number].compactMap(\.self) : [])).joined(separator: "  ")
    }
}
