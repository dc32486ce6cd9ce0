import ArgumentParser
import Foundation
@_spi(Text) import NNLayers
import NNTraining
import NNWeights

struct WeightsDiffCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Compares two weight files of any formats, by name.",
        discussion: "The exit code is 0 if they are equal, and 1 if they differ.")

    @Argument(help: "A weight file.")
    var first: String

    @Argument(help: "Another weight file.")
    var second: String

    @Option(help: "The largest difference to ignore, relative to the largest value of the tensor.")
    var tolerance = 0.0

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if !(tolerance >= 0) { throw ValidationError("--tolerance must be 0 or more, not \(tolerance)") }
    }

    func run(_ tool: Tool) throws {
        let difference = try WeightsDifference(
            tool.registry.openWeights(URL(fileURLWithPath: first)),
            tool.registry.openWeights(URL(fileURLWithPath: second)), tolerance: tolerance)
        if json { try tool.console.print(json: difference) } else { tool.console.print(text(of: difference)) }
        if !difference.isEmpty { throw CommandFailure(exitCode: 1) }
    }

    private func text(of difference: WeightsDifference) -> String {
        var lines = difference.onlyInFirst.map { "only in \(first): \($0)" }
        lines += difference.onlyInSecond.map { "only in \(second): \($0)" }
        lines += difference.shapes.map { "\($0.name): shape \(Shape($0.first)) and \(Shape($0.second))" }
        if !difference.values.isEmpty {
            var table = TextTable(columns: ["name", "largest difference", "relative to the largest value"])
            for tensor in difference.values {
                table.add([tensor.name, tensor.largest.significant(4), tensor.relative.significant(4)])
            }
            lines.append("\(table)")
        }
        lines.append("\(difference.equal.grouped) tensors are equal")
        return lines.joined(separator: "\n")
    }
}

/// The differences between two weight files.
struct WeightsDifference: Encodable {
    struct Shapes: Encodable {
        let name: String
        let first: [Int]
        let second: [Int]
    }

    struct Values: Encodable {
        let name: String
        /// The largest difference of two elements; infinite if one of them is not finite.
        let largest: Double
        /// The same, relative to the largest value of the first tensor.
        let relative: Double
    }

    private(set) var onlyInFirst: [String] = []
    private(set) var onlyInSecond: [String] = []
    private(set) var shapes: [Shapes] = []
    private(set) var values: [Values] = []
    /// The number of equal tensors.
    private(set) var equal = 0

    var isEmpty: Bool { onlyInFirst.isEmpty && onlyInSecond.isEmpty && shapes.isEmpty && values.isEmpty }

    /// Compares two files.
    /// - Parameter tolerance: The largest difference to ignore, relative to the largest value of the tensor.
    /// - Throws: `TensorFileError` for a tensor that cannot be read.
    init(_ first: any WeightFile, _ second: any WeightFile, tolerance: Double) throws {
        let others = Dictionary(second.entries.map { ($0.name, $0.shape) }) { $1 }
        let names = Set(first.entries.map(\.name))
        onlyInSecond = second.entries.map(\.name).filter { !names.contains($0) }
        for entry in first.entries {
            guard let shape = others[entry.name] else {
                onlyInFirst.append(entry.name)
                continue
            }
            guard shape == entry.shape else {
                shapes.append(Shapes(name: entry.name, first: entry.shape.dimensions, second: shape.dimensions))
                continue
            }
            let (largest, scale) = Self.difference(
                try first.tensor(named: entry.name), try second.tensor(named: entry.name))
            let relative = largest == 0 ? 0 : largest / max(scale, .leastNormalMagnitude)
            if relative > tolerance {
                values.append(Values(name: entry.name, largest: largest, relative: relative))
            } else {
                equal += 1
            }
        }
    }

    private static func difference(_ first: Tensor, _ second: Tensor) -> (largest: Double, scale: Double) {
        var (largest, scale) = (0.0, 0.0)
        if !first.dataType.isFloatingPoint, !second.dataType.isFloatingPoint {
            // As integers, since float32 does not tell all of them apart.
            first.cast(to: .int64).withScalars(as: Int64.self) { first in
                second.cast(to: .int64).withScalars(as: Int64.self) { second in
                    for (left, right) in zip(first, second) where left != right {
                        largest = max(largest, abs(Double(left) - Double(right)), 1)
                    }
                    for value in first { scale = max(scale, abs(Double(value))) }
                }
            }
            return (largest, scale)
        }
        first.cast(to: .float32).withScalars(as: Float.self) { first in
            second.cast(to: .float32).withScalars(as: Float.self) { second in
                for (left, right) in zip(first, second) where left != right && !(left.isNaN && right.isNaN) {
                    let difference = abs(Double(left) - Double(right))
                    largest = max(largest, difference.isFinite ? difference : .infinity)
                }
                for value in first where value.isFinite { scale = max(scale, abs(Double(value))) }
            }
        }
        return (largest, scale)
    }
}
