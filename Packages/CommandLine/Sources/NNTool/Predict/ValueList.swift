@_spi(Internal) import NNInference
@_spi(Text) import NNLayers

/// The predicted values of images: a probability for each class, or numbers.
struct ValueList: WholePredictionList {
    /// An output in JSON: a class with its probability, or a number.
    struct Value: Encodable {
        let index: Int
        let name: String
        let probability: Float?
        let threshold: Float?
        let predicted: Bool?
        let value: Float?

        fileprivate init(_ output: ValuePrediction.Output) {
            let isNumber = output.threshold == nil
            index = output.index
            name = output.name
            probability = isNumber ? nil : output.value
            threshold = output.threshold
            predicted = output.isPredicted
            value = isNumber ? output.value : nil
        }
    }

    var inputs: [PredictedInput<ValuePrediction>] = []
    private let task: PredictionTask
    private let data: DataDescription

    init(task: PredictionTask, data: DataDescription) {
        self.task = task
        self.data = data
    }

    func kept(_ output: ValuePrediction) -> ValuePrediction { output }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(
            inputs.map { PredictedInputJSON($0, key: "outputs") { $0.outputs.map(Value.init) } })
    }

    /// A row for each output of each image or frame (RFC 4180).
    var csv: String {
        let isFlags = task.labels == .flags
        return CSV.text(
            columns: columns + ["index", "name"] + (isFlags ? ["probability", "threshold", "predicted"] : ["value"]),
            rows: rows { prediction in
                prediction.outputs.map { output in
                    ["\(output.index)", output.name, "\(output.value)"]
                        + (isFlags
                            ? ["\(output.threshold ?? 0.5)", output.isPredicted == true ? "1" : "0"] : [])
                }
            })
    }

    /// A row for each image, and where the thresholds of classes come from.
    var text: String {
        guard task.labels == .flags else { return numbers.description }
        let origin =
            data.thresholds == nil
            ? "classes above a probability of 0.5, since the run has chosen no thresholds"
            : "classes above their thresholds, chosen on the validation samples for the largest F1: "
                + data.classNames.indices.map { "\(data.classNames[$0]) \(data.threshold($0).fixed(3))" }
                .joined(separator: ", ")
        return "\(classes)\n\n\(origin)"
    }

    /// The predicted classes of each image with their probabilities in percent.
    private var classes: TextTable {
        var table = TextTable(columns: ["image", "classes"], leftAligned: 2)
        for input in inputs {
            let classes = input.output.predicted.map { "\($0.name) \(($0.value * 100).fixed(2)) %" }
            table.add([input.title, classes.isEmpty ? "none" : classes.joined(separator: ", ")])
        }
        return table
    }

    /// A column for each number.
    private var numbers: TextTable {
        let names = inputs.first?.output.outputs.map(\.name) ?? []
        var table = TextTable(columns: ["image"] + names)
        for input in inputs {
            table.add([input.title] + input.output.outputs.map { Double($0.value).significant(5) })
        }
        return table
    }
}
