import Foundation
import NNLayers

/// The assignment of the tensors of a file to the values of a network, found by names and shapes alone.
public struct WeightPlan: Sendable {
    /// A tensor of the file and the parameter or buffer that it becomes.
    @_spi(Internal) public struct Assignment: Sendable {
        /// The name of the parameter or buffer, in the network.
        public let name: String
        /// The name of the tensor, in the file.
        public let source: String
        /// The order of dimensions in the file.
        public let layout: WeightLayout
        /// How the tensor is made to fit; nil if it has the right shape.
        public let adaptation: WeightAdaptation?
    }

    /// The name map that was used; nil if the file has the names of the network.
    public let mapName: String?
    /// The tensors to load.
    @_spi(Internal) public private(set) var assignments: [Assignment] = []
    /// What fits and what does not. Missing values have the names of the network, unexpected ones those of the file.
    public private(set) var report = StateDictionaryReport()
    /// The values of the network that stay, because the file has them for other classes.
    public private(set) var reinitialized: [String] = []
    /// The names that do not fit, as `except` allows.
    public private(set) var excepted: [String] = []
    /// The tensors of the file that the name map leaves out.
    public private(set) var leftOut: [String] = []
    /// The settings of the network that the weights were not trained with; loading such weights has to be forced.
    public private(set) var settingMismatches: [SettingMismatch] = []
    /// How the images were prepared that the weights were trained with; nil if the name map does not say.
    public let input: InputSettings?

    /// The number of lines of the name map.
    private let lineCount: Int

    /// How far the file and the network are apart. Of maps that fit alike, one for the network's type is likelier, then one
    /// with its settings, and then a shorter one, which is more specific.
    private var distance: (Int, Int, Int, Int) {
        (
            report.missing.count + report.unexpected.count + report.mismatched.count,
            settingMismatches.count { $0.expected.key == NetworkSetting.type }, settingMismatches.count, lineCount
        )
    }

    /// Finds the plan that fits a network best.
    /// - Parameter maps: The name maps to try, unless the request names one.
    /// - Throws: ``WeightError`` if not everything fits and the rest is not excepted.
    static func best(
        _ request: WeightRequest, of file: any WeightFile, for network: some Module, among maps: [NameMap]
    ) throws(WeightError) -> WeightPlan {
        let target = WeightTarget(network, part: request.part)
        var plans: [WeightPlan] = []
        var failure: WeightError?
        for prefix in UnwrappedWeights.prefixes(of: file) {
            for candidate in target.candidates(request.maps, among: maps) {
                do {
                    plans.append(try WeightPlan(request, candidate, of: file, prefix, for: target))
                } catch {
                    failure = failure ?? error
                }
            }
        }
        guard let best = plans.min(by: { $0.distance < $1.distance }) else {
            throw failure ?? WeightError(file: file.url, reason: "no name map is registered")
        }
        try best.check(request, file)
        return best
    }

    /// - Parameter prefix: What names in the file begin with, in addition.
    /// - Throws: ``WeightError`` if two tensors become the same value.
    private init(
        _ request: WeightRequest, _ candidate: WeightTarget.Candidate, of file: any WeightFile, _ prefix: String,
        for target: WeightTarget
    ) throws(WeightError) {
        mapName = candidate.map?.name
        input = candidate.map?.input
        lineCount = candidate.map?.rows.count ?? 0
        let slots = Dictionary(uniqueKeysWithValues: target.slots.map { ($0.name, $0) })
        var takenBy: [String: String] = [:]
        let names = file.entries.map { prefix + $0.name }
        let goals = candidate.map?.targets(of: names) ?? names.map { .name($0, .asIs) }
        for (entry, goal) in zip(file.entries, goals) {
            guard case .name(let fullName, let layout) = goal else {
                if goal == .leftOut {
                    leftOut.append(entry.name)
                } else {
                    report.unexpected.append(.init(name: entry.name, shape: entry.shape))
                }
                continue
            }
            // Other parts of the network are not looked at.
            guard fullName.hasPrefix(candidate.prefix) else { continue }
            let name = String(fullName.dropFirst(candidate.prefix.count))
            guard target.isInPart(name) else { continue }
            guard let slot = slots[name] else {
                report.unexpected.append(.init(name: entry.name, shape: entry.shape))
                continue
            }
            if let other = takenBy.updateValue(entry.name, forKey: name) {
                throw WeightError(
                    file: file.url,
                    reason: "the tensors '\(other)' and '\(entry.name)' are both for '\(name)'; "
                        + "remove one from the file, or choose another map with names:")
            }
            guard let shape = layout.shape(of: entry.shape) else {
                report.mismatched.append(.init(name: name, shape: slot.shape, foundShape: entry.shape))
                continue
            }
            let assignment = { Assignment(name: name, source: entry.name, layout: layout, adaptation: $0) }
            if shape == slot.shape {
                assignments.append(assignment(nil))
            } else if let adaptation = WeightAdaptation(from: shape, to: slot) {
                assignments.append(assignment(adaptation))
            } else if let classCount = request.classCount, slot.isForOtherClasses(than: shape, classCount: classCount) {
                reinitialized.append(name)
            } else {
                report.mismatched.append(.init(name: name, shape: slot.shape, foundShape: shape))
            }
        }
        report.missing = target.slots.filter { !$0.isOptional && target.isInPart($0.name) && takenBy[$0.name] == nil }
            .map { .init(name: $0.name, shape: $0.shape) }
        report.loaded = assignments.map(\.name)
        except(request.except.map(ParameterPattern.init))
        settingMismatches = (candidate.map?.settings(for: names) ?? []).compactMap(target.settings.mismatch)
    }

    /// Removes what may differ from the report.
    private mutating func except(_ patterns: [ParameterPattern]) {
        func isExcepted(_ name: String) -> Bool { patterns.contains { $0.matches(name) } }
        let names = report.missing.map(\.name) + report.mismatched.map(\.name) + report.unexpected.map(\.name)
        excepted = names.filter(isExcepted)
        report.missing.removeAll { isExcepted($0.name) }
        report.mismatched.removeAll { isExcepted($0.name) }
        report.unexpected.removeAll { isExcepted($0.name) }
    }

    private func check(_ request: WeightRequest, _ weights: any WeightFile) throws(WeightError) {
        let file = weights.url
        let naming = mapName.map { "with the names of '\($0)'" } ?? "with its own names"
        guard report.isComplete else {
            let tried = request.maps == nil ? ", which fit best" : ""
            throw WeightError(
                file: file,
                reason: "the weights do not fit the network, \(naming)\(tried): \(report)\n"
                    + (settingMismatches.isEmpty ? "" : "They were trained with \(mismatchText).\n")
                    + (weights.checkpoint.object.map {
                        "They are those of a whole object, \($0), whose code is not run.\n"
                    } ?? "")
                    + "Choose the network that they belong to, the map with names:, the part of the network with part:, "
                    + "or allow differences with except: [pattern]")
        }
        guard !assignments.isEmpty else {
            throw WeightError(file: file, reason: "it has nothing for \(request.part ?? "the network"), \(naming)")
        }
        if !settingMismatches.isEmpty, !request.force {
            throw WeightError(
                file: file,
                reason: "\(naming), the weights were trained with \(mismatchText). Build the backbone with "
                    + "{\(NetworkSetting.lines(settingMismatches.map(\.expected)))}, or load them all the same with "
                    + "force: true (--force)")
        }
    }

    private var mismatchText: String { settingMismatches.map(\.description).joined(separator: "; ") }
}

/// What was loaded from a file of weights, and how.
public struct WeightReport: Sendable, CustomStringConvertible {
    /// The file.
    public let file: URL
    /// The path of the submodule that was loaded; nil for everything.
    public let part: String?
    /// Which tensor became which value, and what did not fit.
    public let plan: WeightPlan
    /// The names, in the file, of tensors with an infinite value or a NaN.
    public let notFinite: [String]
    /// Which set of weights of a checkpoint was loaded, and which others it has.
    public let checkpoint: CheckpointContents
    /// More to know about the weights, each a line of the description.
    public var notes: [String] = []

    /// A line about what was loaded, followed by one for each thing to know about it.
    public var description: String {
        var lines = [
            "\(plan.assignments.count) tensors of \(file.relativePath)" + (part.map { " for \($0)" } ?? "")
                + (plan.mapName.map { " with the names of \($0)" } ?? "")
        ]
        func note(_ text: String, _ names: [String]) {
            guard !names.isEmpty else { return }
            let shown = names.prefix(6).joined(separator: ", ")
            lines.append("  \(text): \(shown)" + (names.count > 6 ? ", ... (\(names.count))" : ""))
        }
        let others = checkpoint.states.filter { $0 != checkpoint.state }
        if let state = checkpoint.state, !others.isEmpty {
            lines.append(
                "  these are the weights '\(state)' of the file, which also has "
                    + others.map { "'\($0)'" }.joined(separator: ", ") + "; state: (--state) chooses")
        }
        if let object = checkpoint.object {
            lines.append("  taken from an object of \(object), whose code was not run")
        }
        note("skipped unread, objects of", checkpoint.skipped)
        note("forced, although trained with", plan.settingMismatches.map(\.description))
        let adapted = plan.assignments.filter { $0.adaptation != nil }.map(\.name)
        note("adapted to the number of image channels", adapted)
        note("kept at initial values, because the file is for other classes", plan.reinitialized)
        note("did not fit, as allowed", plan.excepted)
        note("warning: values that are not finite", notFinite)
        lines += notes.map { "  note: \($0)" }
        return lines.joined(separator: "\n")
    }
}

/// An error about weights that do not fit a network.
public struct WeightError: Error, Sendable, CustomStringConvertible {
    /// The file of the weights.
    public let file: URL
    /// What is wrong and what to do about it.
    public let reason: String

    /// An error about a file, with what is wrong and what to do about it.
    public init(file: URL, reason: String) {
        self.file = file
        self.reason = reason
    }

    /// The path of the file and the reason.
    public var description: String { "\(file.relativePath): \(reason)" }
}
