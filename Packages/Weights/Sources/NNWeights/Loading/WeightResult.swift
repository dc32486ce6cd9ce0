import Foundation
import NNLayers

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
