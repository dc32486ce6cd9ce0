/// The task of a network: the labels of its data, what its logits mean, and the loss and metrics that it has by default.
///
/// The name identifies a task. A plugin adds one as a constant, which its data set declares:
///
/// ```swift
/// extension PredictionTask {
///     /// How many objects there are; logits are logarithms of the expected numbers.
///     public static let count = PredictionTask(
///         "count", labels: .values, defaultLoss: "poisson", defaultMetrics: ["regression"]
///     ) { $0.exp() }
/// }
/// ```
///
/// Heads with one vector of logits for each image, such as `classifier`, take the task of the data set. A plugin that
/// registers the task (``Registry/register(_:summary:)``) lets configurations name it for the labels of `table`.
public struct PredictionTask: Sendable {
    /// The name in configurations and files, in lower_snake_case.
    public let rawValue: String
    /// The kind of labels.
    public let labels: LabelKind
    /// Whether each pixel has a prediction: logits are `[N, H, W, C]` instead of `[N, C]`.
    public let isDense: Bool
    /// The loss where a configuration names none.
    public let defaultLoss: ConfigNode
    private let metrics: @Sendable (Int) -> [ConfigNode]
    private let output: @Sendable (Tensor) -> Tensor

    /// A task.
    /// - Parameters:
    ///   - name: The name, in lower_snake_case.
    ///   - labels: The kind of labels, class indices by default.
    ///   - isDense: Whether each pixel has a prediction; false by default.
    ///   - defaultLoss: The loss where a configuration names none: a name, or a mapping with options.
    ///   - defaultMetrics: The metrics that are always measured. The first value of the first one selects the best
    ///     checkpoint.
    ///   - output: Maps float32 logits to predictions of the same shape. By default the softmax for class indices, the
    ///     sigmoid for flags, and the logits themselves for values.
    public init(
        _ name: String, labels: LabelKind = .classes, isDense: Bool = false, defaultLoss: ConfigNode,
        defaultMetrics: [ConfigNode], output: (@Sendable (Tensor) -> Tensor)? = nil
    ) {
        rawValue = name
        self.labels = labels
        self.isDense = isDense
        self.defaultLoss = defaultLoss
        metrics = { _ in defaultMetrics }
        self.output = output ?? { Self.predictions(of: $0, as: labels) }
    }

    /// A task whose metrics depend on the number of classes.
    private init(
        _ name: String, isDense: Bool, defaultLoss: ConfigNode, metrics: @escaping @Sendable (Int) -> [ConfigNode]
    ) {
        rawValue = name
        labels = .classes
        self.isDense = isDense
        self.defaultLoss = defaultLoss
        self.metrics = metrics
        output = { Self.predictions(of: $0, as: .classes) }
    }

    private static func predictions(of logits: Tensor, as labels: LabelKind) -> Tensor {
        switch labels {
        case .classes: logits.softmax()
        case .flags: logits.sigmoid()
        case .values: logits
        }
    }

    /// The metrics that are always measured. The first value of the first one selects the best checkpoint.
    /// - Parameter outputCount: The number of classes or outputs.
    public func defaultMetrics(outputCount: Int) -> [ConfigNode] { metrics(outputCount) }

    /// The predictions in the units of the labels, or probabilities: float32, in the shape of the logits.
    /// - Parameter logits: `[N, ..., C]` of any type.
    public func predictions(of logits: Tensor) -> Tensor { output(logits.cast(to: .float32)) }

    /// One class for each image.
    public static let classification = PredictionTask(
        "classification", isDense: false, defaultLoss: "cross_entropy"
    ) { classCount in
        // Top-5 accuracy of five or fewer classes is always 100 %.
        classCount > 5 ? ["top_k", ["type": "top_k", "k": 5]] : ["top_k"]
    }
    /// One class for each pixel.
    public static let segmentation = PredictionTask(
        "segmentation", isDense: true, defaultLoss: "cross_entropy", defaultMetrics: ["segmentation"])
    /// Any number of classes for each image.
    public static let multiLabel = PredictionTask(
        "multi_label", labels: .flags, defaultLoss: "binary_cross_entropy", defaultMetrics: ["multi_label"])
    /// Numbers for each image, such as a position or an age.
    public static let regression = PredictionTask(
        "regression", labels: .values, defaultLoss: "mse", defaultMetrics: ["regression"])
}

/// The kinds of labels.
public enum LabelKind: String, Sendable, Codable, CaseIterable {
    /// A class index for each image or pixel: int32, `[N]` or `[N, H, W]`.
    case classes
    /// 1 for each class that an image has, 0 for the others, NaN for unknown: float32, `[N, C]`.
    case flags
    /// Numbers, NaN for unknown: float32, `[N, C]`, or `[N, ...]` of another shape.
    case values

    /// What such labels are called in messages.
    public var noun: String {
        switch self {
        case .classes: "class indices"
        case .flags: "labels of 0 and 1 for each class"
        case .values: "numbers"
        }
    }

    /// The type of their tensors.
    public var dataType: DataType { self == .classes ? .int32 : .float32 }
}

extension PredictionTask: Hashable {
    /// Whether two tasks have the same name.
    public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    /// Hashes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

extension PredictionTask: RawRepresentable, CaseIterable, Codable {
    /// The tasks of nnkit, which options of the type `PredictionTask` may name. Plugins have further ones.
    public static let allCases: [PredictionTask] = [.classification, .segmentation, .multiLabel, .regression]

    /// The task of nnkit with a name; nil for another name.
    public init?(rawValue: String) {
        guard let task = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = task
    }
}
