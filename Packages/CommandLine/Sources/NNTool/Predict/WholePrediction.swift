@_spi(Internal) import NNInference
@_spi(Text) import NNLayers
import NNPlotting

/// What a network predicts for a whole image, or for a frame of a video.
protocol WholePrediction {
    /// All probabilities or numbers, by the index of the class or output.
    var allValues: [Float] { get }
    /// The same prediction with other values, such as the mean of a video.
    func replacingValues(by values: [Float]) -> Self
    /// The lines below an image on a sheet.
    var captions: [String] { get }
    /// What is drawn onto a frame.
    var bars: [BarPanel.Bar] { get }
}

extension Prediction: WholePrediction {
    var allValues: [Float] { classes.sorted { $0.index < $1.index }.map(\.probability) }

    func replacingValues(by values: [Float]) -> Prediction {
        var result = self
        result.classes = classes.map { found in
            var found = found
            found.probability = values[found.index]
            return found
        }
        result.classes.sort { ($1.probability, $0.index) < ($0.probability, $1.index) }
        return result
    }

    var captions: [String] { bars.map { "\($0.name) \($0.text)" } }

    var bars: [BarPanel.Bar] {
        classes.prefix(3).map { found in
            BarPanel.Bar(
                name: found.name, text: "\((found.probability * 100).fixed(1)) %", fraction: Double(found.probability))
        }
    }

    /// The most likely classes.
    func first(_ count: Int) -> Prediction {
        var result = self
        result.classes = Array(classes.prefix(count))
        return result
    }
}

extension ValuePrediction: WholePrediction {
    /// The most numbers that are shown beside an image.
    private static let shownCount = 6

    var allValues: [Float] { outputs.map(\.value) }

    func replacingValues(by values: [Float]) -> ValuePrediction {
        var result = self
        for index in outputs.indices { result.outputs[index].value = values[index] }
        return result
    }

    var captions: [String] {
        guard outputs.contains(where: { $0.threshold != nil }) else {
            return outputs.prefix(Self.shownCount).map { "\($0.name) \(Double($0.value).significant(4))" }
        }
        return predicted.isEmpty
            ? ["none"] : predicted.prefix(4).map { "\($0.name) \(($0.value * 100).fixed(1)) %" }
    }

    /// The three most likely classes, the predicted ones with an asterisk, or numbers.
    var bars: [BarPanel.Bar] {
        guard outputs.contains(where: { $0.threshold != nil }) else {
            return outputs.prefix(Self.shownCount).map {
                BarPanel.Bar(name: $0.name, text: Double($0.value).significant(4), fraction: nil)
            }
        }
        let ranking = outputs.sorted { ($1.value, $0.index) < ($0.value, $1.index) }
        return ranking.prefix(3).map { output in
            BarPanel.Bar(
                name: output.name + (output.isPredicted == true ? " *" : ""),
                text: "\((output.value * 100).fixed(1)) %", fraction: Double(output.value))
        }
    }
}

/// The prediction for an image, or for a video with its frames.
struct PredictedInput<Output: WholePrediction> {
    /// The frames of a video.
    struct Video {
        /// The video that was written.
        var file: String
        /// The frames with their times in seconds.
        var frames: [(time: Double, output: Output)]
    }

    /// The path of the image or video.
    var path: String
    /// The prediction, of a video the mean of its frames.
    var output: Output
    /// The frames; nil for an image.
    var video: Video?

    /// The path, for tables in which a row is the mean of a video.
    var title: String { video.map { "\(path) (mean of \($0.frames.count.grouped) frames)" } ?? path }

    /// The predictions with the time of each as text: none for an image, and `mean` after the frames of a video.
    var timed: [(time: String, output: Output)] {
        guard let video else { return [("", output)] }
        return video.frames.map { ($0.time.fixed(3), $0.output) } + [("mean", output)]
    }
}

/// The predictions of images and videos, which are printed as JSON, as comma-separated values, or for people.
protocol WholePredictionList: Encodable {
    associatedtype Output: WholePrediction
    /// In the order of the command line.
    var inputs: [PredictedInput<Output>] { get set }
    /// A row for each class or output, and for each frame of a video.
    var csv: String { get }
    /// The form for people.
    var text: String { get }
    /// What is kept of the prediction for a frame.
    func kept(_ output: Output) -> Output
}

extension WholePredictionList {
    /// The columns of comma-separated values that tell inputs, and frames where there are videos, apart.
    var columns: [String] { hasVideos ? ["image", "time"] : ["image"] }

    /// Whether any input is a video.
    private var hasVideos: Bool { inputs.contains { $0.video != nil } }

    /// Rows of comma-separated values (RFC 4180).
    func rows(_ cells: (Output) -> [[String]]) -> [[String]] {
        inputs.flatMap { input in
            input.timed.flatMap { time, output in
                cells(output).map { (hasVideos ? [input.path, time] : [input.path]) + $0 }
            }
        }
    }
}

/// A prediction in JSON: of an image, or of a video with its frames.
struct PredictedInputJSON<Values: Encodable>: Encodable {
    private let image: String?
    private let video: String?
    private let file: String?
    private let frames: [Frame]?
    private let values: Values
    private let key: String

    private struct Frame: Encodable {
        let time: Double
        let values: Values
        let key: String

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(time, forKey: Key("time"))
            try container.encode(values, forKey: Key(key))
        }
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    /// - Parameters:
    ///   - key: The key of an image's and a frame's values; those of a video are its `mean`.
    ///   - values: The values of a prediction.
    init<Output>(_ input: PredictedInput<Output>, key: String, _ values: (Output) -> Values) {
        self.key = key
        image = input.video == nil ? input.path : nil
        video = input.video == nil ? nil : input.path
        file = input.video?.file
        frames = input.video?.frames.map { Frame(time: $0.time, values: values($0.output), key: key) }
        self.values = values(input.output)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(image, forKey: Key("image"))
        try container.encodeIfPresent(video, forKey: Key("video"))
        try container.encodeIfPresent(file, forKey: Key("file"))
        try container.encodeIfPresent(frames, forKey: Key("frames"))
        try container.encode(values, forKey: Key(video == nil ? key : "mean"))
    }
}
