@_spi(Internal) import NNInference
@_spi(Text) import NNLayers

/// The predicted values of images: a probability for each class, or numbers.
struct ValueList: Encodable {
    struct Image: Encodable {
        let image: String
        let outputs: [Output]
    }

    /// An output in JSON: a class with its probability, or a number.
    struct Output: Encodable {
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

    private(set) var images: [(path: String, prediction: ValuePrediction)] = []
    private let task: PredictionTask
    private let data: DataDescription

    init(task: PredictionTask, data: DataDescription) {
        self.task = task
        self.data = data
    }

    mutating func add(_ prediction: ValuePrediction, of image: String) { images.append((image, prediction)) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(images.map { Image(image: $0.path, outputs: $0.prediction.outputs.map(Output.init)) })
    }

    /// A row for each output of each image (RFC 4180).
    var csv: String {
        let isFlags = task.labels == .flags
        return CSV.text(
            columns: ["image", "index", "name"] + (isFlags ? ["probability", "threshold", "predicted"] : ["value"]),
            rows: images.flatMap { image in
                image.prediction.outputs.map { output in
                    [image.path, "\(output.index)", output.name, "\(output.value)"]
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
        for (path, prediction) in images {
            let classes = prediction.predicted.map { "\($0.name) \(($0.value * 100).fixed(2)) %" }
            table.add([path, classes.isEmpty ? "none" : classes.joined(separator: ", ")])
        }
        return table
    }

    /// A column for each number.
    private var numbers: TextTable {
        let names = images.first?.prediction.outputs.map(\.name) ?? []
        var table = TextTable(columns: ["image"] + names)
        for (path, prediction) in images {
            table.add([path] + prediction.outputs.map { Double($0.value).significant(5) })
        }
        return table
    }
}
