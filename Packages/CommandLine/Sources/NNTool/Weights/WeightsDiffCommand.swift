import ArgumentParser
import Foundation
@_spi(Text) import NNLayers
import NNTraining
import NNWeights

struct WeightsDiffCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Compares two files of weights, of any formats, by name.",
        discussion: "Ends with 0 where they are equal, with 1 where they differ.")

    @Argument(help: "A file of weights.")
    var first: String

    @Argument(help: "Another file of weights.")
    var second: String

    @Option(help: "Differences up to this part of a tensor's largest value do not count.")
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
            var table = TextTable(columns: ["name", "largest difference", "part of the largest value"])
            for tensor in difference.values {
                table.add(
                    [tensor.name, String(format: "%.4g", tensor.largest), String(format: "%.4g", tensor.relative)])
            }
            lines.append("\(table)")
        }
        lines.append("\(difference.equal.grouped) tensors are equal")
        return lines.joined(separator: "\n")
    }
}

/// What differs between two files of weights.
struct WeightsDifference: Encodable {
    struct Shapes: Encodable {
        let name: String
        let first: [Int]
        let second: [Int]
    }

    struct Values: Encodable {
        let name: String
        /// The largest difference of two elements; infinite where one of them is not finite.
        let largest: Double
        /// The same as a part of the largest value of the first.
        let relative: Double
    }

    private(set) var onlyInFirst: [String] = []
    private(set) var onlyInSecond: [String] = []
    private(set) var shapes: [Shapes] = []
    private(set) var values: [Values] = []
    /// How many tensors do not differ.
    private(set) var equal = 0

    var isEmpty: Bool { onlyInFirst.isEmpty && onlyInSecond.isEmpty && shapes.isEmpty && values.isEmpty }

    /// - Parameter tolerance: The part of the largest value that elements may differ by.
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
            // As whole numbers, of which float32 does not tell all apart.
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
