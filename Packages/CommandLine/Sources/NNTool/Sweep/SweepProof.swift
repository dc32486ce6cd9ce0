import Foundation
import NNDatasets
@_spi(Text) import NNLayers
@_spi(Internal) import NNTraining

/// Checks the configurations and the data of all runs of a sweep before the first is trained.
final class SweepProof {
    private let tool: Tool
    private let runs: URL
    private let checksData: Bool
    /// The short names of the keys that points differ by.
    private let titles: [String]
    /// What is wrong, with the points that it is wrong of.
    private var problems: [(text: String, points: [String])] = []
    private var warnings: [String] = []
    /// The data that was checked, as far as the check depends on it.
    private var checked: [String: DataCheckReport?] = [:]
    private var first: ConfigCheckReport?
    private var sizes: [Int] = []

    private static let shownPoints = 3
    private static let shownProblems = 10

    /// - Parameters:
    ///   - keys: The keys that points differ by.
    ///   - runs: The folder of all runs, where results of data checks are cached.
    ///   - checksData: Whether the data is read.
    init(tool: Tool, keys: [String], runs: URL, checksData: Bool) {
        self.tool = tool
        titles = SweepNames.short(keys)
        self.runs = runs
        self.checksData = checksData
    }

    /// Builds the network of each point by shapes, and checks each data set once.
    /// - Returns: The configurations by the names of the runs.
    /// - Throws: ``CommandFailure`` with all that is wrong, and the points.
    func pass(
        _ members: [StudyMember], config: (StudyMember) throws -> ExperimentConfig
    ) throws -> [String: ExperimentConfig] {
        var configs: [String: ExperimentConfig] = [:]
        var known: Experiment?
        var (points, gated): (Set<[String]>, [ExperimentConfig]) = ([], [])
        for member in members {
            do {
                let config = try config(member)
                configs[member.name] = config
                // Seeds change nothing that is checked here.
                guard points.insert(member.values).inserted else { continue }
                let experiment = try Experiment(config, registry: tool.registry, sharing: known)
                known = experiment
                try check(experiment)
                if !gated.contains(where: {
                    $0.node["data"] == config.node["data"] && $0.node["model"] == config.node["model"]
                }) {
                    gated.append(config)
                }
            } catch {
                points.insert(member.values)
                // Points have many problems in common, each of which has a line.
                for line in ErrorReport(error).reason.split(separator: "\n") {
                    add(line.hasPrefix("error: ") ? String(line.dropFirst("error: ".count)) : String(line), of: member)
                }
            }
        }
        try report(count: points.count)
        guard checksData else { return configs }
        for config in gated {
            let experiment = try Experiment(config, registry: tool.registry, sharing: known)
            known = experiment
            try gate(experiment)
        }
        return configs
    }

    private func check(_ experiment: Experiment) throws {
        if experiment.config.data.folds != nil, experiment.config.data.fold == nil {
            throw CommandFailure(
                message:
                    "data.folds has several folds; choose one by data.fold=1, or vary it by --set data.fold=1,2,...")
        }
        let report = try ConfigCheckReport(
            experiment, pretrained: true, readsLabels: first == nil, notesWeights: false)
        if first == nil { first = report }
        sizes.append(report.trainableParameters + report.frozenParameters)
        for warning in report.warnings.map({ "warning: \($0)" }) where !warnings.contains(warning) {
            warnings.append(warning)
            tool.console.report(warning)
        }
    }

    /// Checks the data, or uses what was found for another point with the same data.
    private func gate(_ experiment: Experiment) throws {
        let gate = DataGate(experiment: experiment, runs: runs, console: tool.console)
        let data = experiment.config.data
        let text = experiment.config.node["data"]?.entries ?? []
        // Neither the size of a batch nor how samples are loaded changes what the check finds.
        let ignored: Set = ["validation_batch_size", "loader_threads", "cache", "sampler", "batch_transforms"]
        let isKept = { (key: String) in !ignored.contains(key) && (key != "batch_size" || data.overfit != nil) }
        let parts = text.filter { isKept($0.key) }.map { "\($0.key): \($0.value.flowText)" }
        let key = (parts + ["\(data.batchSize > 1)"]).joined(separator: "\n")
        if let known = checked[key] {
            if let known { try gate.proveSizes(of: known) }
        } else {
            checked.updateValue(try gate.pass(), forKey: key)
        }
    }

    private func add(_ text: String, of member: StudyMember) {
        let point = zip(titles, member.values).map(SweepAxis.assignment).joined(separator: " ")
        if let index = problems.firstIndex(where: { $0.text == text }) {
            if !problems[index].points.contains(point) { problems[index].points.append(point) }
        } else {
            problems.append((text, [point]))
        }
    }

    /// - Parameter count: The number of points.
    private func report(count: Int) throws(CommandFailure) {
        if problems.isEmpty { return }
        let wrong = Set(problems.flatMap(\.points)).count
        var lines = ["\(wrong) of \(count.grouped) points cannot be trained, so that none is:"]
        for problem in problems.prefix(Self.shownProblems) {
            let shown = problem.points.prefix(Self.shownPoints).joined(separator: ", ")
            let rest = problem.points.count - Self.shownPoints
            lines.append("  \(shown)\(rest > 0 ? " and \(rest) others" : ""): \(problem.text)")
        }
        let rest = problems.count - Self.shownProblems
        if rest > 0 { lines.append("  and \(rest) other problems") }
        throw CommandFailure(message: lines.joined(separator: "\n"))
    }

    /// What is trained, as far as it is the same for all.
    func text(of members: [StudyMember]) -> String {
        let points = Set(members.map(\.values)).count
        let runs = members.count == points ? "\(points) points" : "\(points) points, \(members.count) runs"
        guard let first, let least = sizes.min(), let most = sizes.max() else { return "sweep   \(runs)" }
        if least == most { return "\(first.text)\nsweep   \(runs)" }
        let data = first.text.split(separator: "\n").filter { $0.hasPrefix("data ") }.joined(separator: "\n")
        return "\(data)\nmodel   \(least.grouped) to \(most.grouped) parameters\nsweep   \(runs)"
    }
}
