import ArgumentParser
import Foundation
@_spi(Text) import NNLayers
import NNTraining
import NNWeights

struct WeightsInspectCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Lists the tensors of a weight file.",
        discussion: "Of a checkpoint with several sets of weights, all are named, and --state chooses one.")

    @Argument(help: "A weight file.")
    var file: String

    @Flag(help: "Also read the values, and print their range, mean and standard deviation.")
    var values = false

    @Option(help: "The weights to list of a checkpoint that has several, such as model or model_ema.")
    var state: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run(_ tool: Tool) throws {
        let file = try tool.registry.openWeights(URL(fileURLWithPath: file), state: state)
        let tensors = try file.entries.map { entry in
            InspectedTensor(entry, values: values ? TensorStatistics(try file.tensor(named: entry.name)) : nil)
        }
        let summary = Summary(
            file: self.file, tensors: tensors, metadata: file.metadata, states: file.checkpoint.states,
            state: file.checkpoint.state, object: file.checkpoint.object, skipped: file.checkpoint.skipped)
        if json { try tool.console.print(json: summary) } else { tool.console.print(text(of: summary)) }
    }

    private func text(of summary: Summary) -> String {
        var table = TextTable(
            columns: ["name", "shape", "type"]
                + (values ? ["minimum", "maximum", "mean", "deviation", "not finite"] : []),
            leftAligned: 3)
        for tensor in summary.tensors {
            let numbers = tensor.values.map { values in
                [values.minimum, values.maximum, values.mean, values.deviation].map { $0.significant(4) }
                    + ["\(values.notFinite)"]
            }
            table.add([tensor.name, "\(Shape(tensor.shape))", tensor.type] + (numbers ?? []))
        }
        var lines = ["\(table)", "", "\(summary.tensors.count.grouped) tensors, \(summary.elements.grouped) elements"]
        if summary.states.count > 1 {
            let states = summary.states.map { $0 == summary.state ? "\($0) (listed here)" : $0 }
            lines.append("weights in this checkpoint: " + states.joined(separator: ", "))
        }
        if let object = summary.object { lines.append("taken from an object of \(object), whose code is not run") }
        if !summary.skipped.isEmpty {
            lines.append("skipped unread: objects of " + summary.skipped.joined(separator: ", "))
        }
        for (key, value) in summary.metadata.sorted(by: { $0.key < $1.key }) {
            lines.append("\(key): " + (value.count > 200 ? value.prefix(200) + "..." : value))
        }
        return lines.joined(separator: "\n")
    }

    private struct Summary: Encodable {
        let file: String
        let tensors: [InspectedTensor]
        let metadata: [String: String]
        let states: [String]
        let state: String?
        let object: String?
        let skipped: [String]
        /// The number of elements; a file may claim more than an integer counts.
        var elements: Int {
            tensors.reduce(0) { sum, tensor in
                let (result, isTooLarge) = sum.addingReportingOverflow(Shape(tensor.shape).elementCount)
                return isTooLarge ? .max : result
            }
        }
    }

    private struct InspectedTensor: Encodable {
        let name: String
        let shape: [Int]
        let type: String
        let values: TensorStatistics?

        init(_ entry: WeightEntry, values: TensorStatistics?) {
            name = entry.name
            shape = entry.shape.dimensions
            type = entry.storedType
            self.values = values
        }
    }
}

/// The statistics of the finite values of a tensor; the others are counted.
struct TensorStatistics: Encodable {
    private(set) var minimum = 0.0
    private(set) var maximum = 0.0
    private(set) var mean = 0.0
    private(set) var deviation = 0.0
    private(set) var notFinite = 0

    init(_ tensor: Tensor) {
        var (sum, squares, count) = (0.0, 0.0, 0)
        (minimum, maximum) = (.infinity, -.infinity)
        tensor.cast(to: .float32).withScalars(as: Float.self) { values in
            for value in values {
                guard value.isFinite else {
                    notFinite += 1
                    continue
                }
                let value = Double(value)
                minimum = min(minimum, value)
                maximum = max(maximum, value)
                sum += value
                squares += value * value
                count += 1
            }
        }
        guard count > 0 else {
            (minimum, maximum) = (0, 0)
            return
        }
        mean = sum / Double(count)
        deviation = max(squares / Double(count) - mean * mean, 0).squareRoot()
    }
}
