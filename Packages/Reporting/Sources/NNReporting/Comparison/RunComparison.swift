import Foundation
import NNInference
import NNLayers
@_spi(Internal) import NNTraining

/// Several runs side by side: what differs in their configurations, their scores and their curves.
///
/// ```swift
/// let comparison = try RunComparison([RunDirectory(existing: first), RunDirectory(existing: second)])
/// print(comparison.markdown)
/// ```
public struct RunComparison: Sendable {
    /// The runs in the order in which they were given.
    public var runs: [ComparedRun]
    /// The keys whose values differ.
    let differences: [ConfigDifference]

    /// Reads the records of runs, which are left as they are.
    /// - Parameters:
    ///   - directories: Two runs or more, of one task and with the same classes.
    ///   - registry: The components of the configurations, by which tasks are known; nil, the default, to compare the
    ///     classes only.
    /// - Throws: `RunError` for fewer than two runs, one that is given twice, other classes or another task, and for
    ///   records that cannot be read; `ConfigError` for a configuration that cannot.
    public init(_ directories: [RunDirectory], registry: Registry? = nil) throws {
        guard directories.count > 1 else {
            let only = directories.first.map { ", '\($0.url.relativePath)'" } ?? ""
            throw RunError("there is \(directories.isEmpty ? "no run" : "one run") to compare\(only); name two or more")
        }
        var taken: Set<String> = []
        for directory in directories {
            let path = directory.url.standardizedFileURL.resolvingSymlinksInPath().path
            guard taken.insert(path).inserted else {
                throw RunError("'\(directory.url.relativePath)' is given twice; name each run once")
            }
        }
        var runs = try directories.map { try ComparedRun($0) }
        for (index, name) in RunNames.distinguishing(directories.map(\.url)).enumerated() { runs[index].name = name }
        if let registry { try Self.checkTasks(runs, registry) }
        try Self.checkClasses(runs)
        self.runs = runs
        differences = ConfigDifference.all(among: runs.map(\.config))
    }

    private static func checkTasks(_ runs: [ComparedRun], _ registry: Registry) throws {
        // A run of components that are not there any more still has records.
        let tasks = runs.map { run in
            (try? run.directory.config()).flatMap { try? ModelBuilder(registry).task(of: $0.data) }
        }
        guard let first = tasks.firstIndex(where: { $0 != nil }), let task = tasks[first] else { return }
        for (run, other) in zip(runs, tasks) {
            if let other, other != task {
                throw RunError(
                    "'\(runs[first].name)' is for \(task.rawValue) and '\(run.name)' for \(other.rawValue); compare runs "
                        + "of one task")
            }
        }
    }

    private static func checkClasses(_ runs: [ComparedRun]) throws(RunError) {
        let first = runs[0]
        for run in runs.dropFirst() where run.classNames != first.classNames {
            let index = zip(first.classNames, run.classNames).prefix { $0 == $1 }.count
            func name(_ run: ComparedRun) -> String {
                run.classNames.indices.contains(index) ? "'\(run.classNames[index])'" : "none"
            }
            throw RunError(
                "'\(first.name)' has \(first.classNames.count) classes and '\(run.name)' \(run.classNames.count); class "
                    + "\(index) is \(name(first)) in the first and \(name(run)) in the second; compare runs with the "
                    + "same classes")
        }
    }

    /// Runs that differ by their seed or fold alone, by their indices; single ones are left out.
    var groups: [[Int]] {
        let variations: Set = ["seed", "data.fold"]
        let keys = differences.filter { !variations.contains($0.key) }
        var groups: [(values: [String?], members: [Int])] = []
        for index in runs.indices {
            let values = keys.map { $0.values[index] }
            if let group = groups.firstIndex(where: { $0.values == values }) {
                groups[group].members.append(index)
            } else {
                groups.append((values, [index]))
            }
        }
        return groups.map(\.members).filter { $0.count > 1 }
    }

    /// What to know of the comparison: runs whose data sets differ.
    public var notices: [String] {
        let keys = differences.map(\.key).filter { $0 == "data.dataset" || $0.hasPrefix("data.dataset.") }
        let notes = runs.map { try? $0.directory.data() }
        var texts: [String] = []
        for split in ["train", "validation"] {
            let prints = zip(runs, notes).compactMap { run, note in
                note?.fingerprints[split].map { (name: run.name, text: $0) }
            }
            guard let first = prints.first, let other = prints.first(where: { $0.text != first.text }) else { continue }
            texts.append(
                "the \(split) samples of '\(other.name)' are not those of '\(first.name)', so that their scores are of "
                    + "other data")
        }
        if texts.isEmpty, !keys.isEmpty { texts.append("the data sets differ by \(keys.joined(separator: ", "))") }
        return texts
    }

    /// The table as Markdown: a row for each run, in which the best of each score is bold.
    public var markdown: String { table.markdown }

    /// The table as CSV (RFC 4180), with all digits.
    public var csv: String { table.csv }
}
