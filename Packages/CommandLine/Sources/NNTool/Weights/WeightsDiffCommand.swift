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
