import Foundation
import NNLayers

/// Gives networks the weights of files, strictly: what does not fit is an error unless it is excepted.
///
/// ```swift
/// let loader = WeightLoader(registry)
/// let result = try loader.load(WeightSource(file: "resnet50.pth"), into: network, classCount: 1000)
/// print(result.text)
/// ```
public struct WeightLoader {
    public let registry: Registry

    /// - Parameter registry: Has the formats and the name maps.
    public init(_ registry: Registry) { self.registry = registry }

    /// Gives a network the weights of a file; all that fit or, where it throws, none.
    /// - Parameter classCount: What the network tells apart: a last layer for other classes keeps its first values.
    /// - Throws: ``WeightError``, or `TensorFileError` for a file that cannot be read.
    @discardableResult
    public func load(_ source: WeightSource, into network: some Module, classCount: Int? = nil) throws -> WeightResult {
        let file = try registry.openWeights(URL(fileURLWithPath: source.file))
        let plan = try plan(file, source, for: network, classCount: classCount)
        var values: [StateDictionary.Entry] = []
        var notFinite: [String] = []
        for assignment in plan.assignments {
            let stored = assignment.layout.converted(try file.tensor(named: assignment.source))
            // Of its own: a frozen weight would follow what is written over the file, and end with it.
            let tensor = (assignment.adaptation?.applied(to: stored) ?? stored).owned
            if !tensor.isFinite { notFinite.append(assignment.source) }
            values.append(.init(name: assignment.name, tensor: tensor))
        }
        try network.load(StateDictionary(values), strict: false)
        return WeightResult(file: file.url, source: source, plan: plan, notFinite: notFinite)
    }

    /// Finds what a network would take from a file, by names and shapes alone.
    /// - Throws: ``WeightError`` where that is not all of it and the rest is not excepted.
    @discardableResult
    public func check(
        _ source: WeightSource, for network: some Module, classCount: Int? = nil
    ) throws -> WeightPlan {
        try plan(
            registry.openWeights(URL(fileURLWithPath: source.file)), source, for: network, classCount: classCount)
    }

    private func plan(
        _ file: any WeightFile, _ source: WeightSource, for network: some Module, classCount: Int?
    ) throws -> WeightPlan {
        let tree = ModuleTree(network)
        let slots = WeightSlot.all(of: tree)
        let epsilons = tree.entries.filter { entry in source.part.map { entry.path.hasPrefix("\($0).") } ?? true }
            .compactMap { ($0.module as? BatchNorm)?.epsilon }
        var plans: [WeightPlan] = []
        var failure: WeightError?
        for map in try maps(source.names) {
            do {
                plans.append(
                    try WeightPlan(
                        file, into: slots, map: map, source: source, classCount: classCount, epsilons: epsilons))
            } catch {
                failure = failure ?? error
            }
        }
        // The first of equals: the names as they are, then the maps in alphabetical order.
        guard
            let best = plans.min(by: { ($0.distance, $0.disagreement) < ($1.distance, $1.disagreement) })
        else { throw failure ?? WeightError(file: file.url, reason: "no name map is registered") }
        try check(best, file: file.url, source)
        return best
    }

    /// The name maps to try; nil for names as they are.
    private func maps(_ names: String) throws -> [(name: String, map: NameMap)?] {
        if names == WeightSource.automatic {
            return try [nil]
                + registry.names(of: .nameMap).map { ($0, try registry.build(.nameMap, from: ConfigNode(.string($0)))) }
        }
        return [(names, try registry.nameMap(names))]
    }

    private func check(_ plan: WeightPlan, file: URL, _ source: WeightSource) throws(WeightError) {
        let way = plan.mapName.map { "by the names of '\($0)'" } ?? "by its own names"
        guard plan.report.isComplete else {
            let tried = source.names == WeightSource.automatic ? ", which fit best" : ""
            throw WeightError(
                file: file,
                reason: "the weights do not fit the network, \(way)\(tried): \(plan.report)\n"
                    + "Choose the network that they are of, the map by names:, the part of the network by part:, or "
                    + "allow what may differ by except: [pattern]")
        }
        guard !plan.assignments.isEmpty else {
            throw WeightError(file: file, reason: "nothing in it is for \(source.part ?? "the network"), \(way)")
        }
        if let epsilon = plan.epsilonMismatch {
            throw WeightError(
                file: file,
                reason: "\(way) the weights are of batch norms with epsilon \(epsilon.wanted), and the network has "
                    + "\(epsilon.found); state normalization: {type: batch_norm, epsilon: \(epsilon.wanted)}")
        }
    }
}

extension WeightPlan {
    /// Of maps that fit alike, one that agrees with the network's batch norms is the likelier.
    fileprivate var disagreement: Int { epsilonMismatch == nil ? 0 : 1 }
}

/// What became of a file of weights that a network was given.
public struct WeightResult: Sendable {
    public let file: URL
    public let source: WeightSource
    public let plan: WeightPlan
    /// Tensors of the file in which a value is infinite or not a number.
    public let notFinite: [String]

    /// What was taken over, a line; further ones for what a user should know.
    public var text: String {
        var lines = [
            "\(plan.assignments.count) tensors of \(file.relativePath)" + (source.part.map { " for \($0)" } ?? "")
                + (plan.mapName.map { " by the names of \($0)" } ?? "")
        ]
        func note(_ text: String, _ names: [String]) {
            guard !names.isEmpty else { return }
            let shown = names.prefix(6).joined(separator: ", ")
            lines.append("  \(text): \(shown)" + (names.count > 6 ? ", ... (\(names.count))" : ""))
        }
        let adapted = plan.assignments.filter { $0.adaptation != nil }.map(\.name)
        note("adapted to the number of image channels", adapted)
        note("kept at first values, because the file is for other classes", plan.reinitialized)
        note("did not fit, as allowed", plan.excepted)
        note("warning: values that are not finite", notFinite)
        return lines.joined(separator: "\n")
    }
}

/// Weights that a network cannot take.
public struct WeightError: Error, Sendable, CustomStringConvertible {
    /// The file that they are in.
    public let file: URL
    /// What is wrong and what to do.
    public let reason: String

    public init(file: URL, reason: String) {
        self.file = file
        self.reason = reason
    }

    public var description: String { "\(file.relativePath): \(reason)" }
}
