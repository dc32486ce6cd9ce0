import ArgumentParser
import Foundation
@_spi(Text) import NNLayers
import NNTraining
import NNWeights

struct WeightsInspectCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Lists the tensors of a file.")

    @Argument(help: "A file of weights.")
    var file: String

    @Flag(help: "Read the values too, and show their range, mean and deviation.")
    var values = false

    @Flag(help: "Print JSON.")
    var json = false

    func run(_ tool: Tool) throws {
        let file = try tool.registry.openWeights(URL(fileURLWithPath: file))
        let tensors = try file.entries.map { entry in
            InspectedTensor(entry, values: values ? TensorStatistics(try file.tensor(named: entry.name)) : nil)
        }
        let answer = Answer(file: self.file, tensors: tensors, metadata: file.metadata)
        if json { try tool.console.print(json: answer) } else { tool.console.print(text(of: answer)) }
    }

    private func text(of answer: Answer) -> String {
        var table = TextTable(
            columns: ["name", "shape", "type"]
                + (values ? ["minimum", "maximum", "mean", "deviation", "not finite"] : []),
            leftAligned: 3)
        for tensor in answer.tensors {
            let numbers = tensor.values.map {
                [$0.minimum.short, $0.maximum.short, $0.mean.short, $0.deviation.short, "\($0.notFinite)"]
            }
            table.add([tensor.name, "\(Shape(tensor.shape))", tensor.type] + (numbers ?? []))
        }
        var lines = ["\(table)", "", "\(answer.tensors.count.grouped) tensors, \(answer.elements.grouped) elements"]
        for (key, value) in answer.metadata.sorted(by: { $0.key < $1.key }) {
            lines.append("\(key): " + (value.count > 200 ? value.prefix(200) + "..." : value))
        }
        return lines.joined(separator: "\n")
    }

    private struct Answer: Encodable {
        let file: String
        let tensors: [InspectedTensor]
        let metadata: [String: String]
        /// A file may claim more than it holds.
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

extension Double {
    /// Four digits that count.
    fileprivate var short: String { String(format: "%.4g", self) }
}

/// What the values of a tensor are like; those that are infinite or not a number are only counted.
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
