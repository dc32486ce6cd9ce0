/// A training objective to minimize.
public protocol Loss: AnyObject {
    /// Calculates the loss of a batch: one float32 number.
    /// - Parameters:
    ///   - logits: `[N, ..., C]`
    ///   - labels: `[N, ...]` int32 class indices; or `[N, C]` float32 for ``LabelKind/flags`` and
    ///     ``LabelKind/values``, of which NaN is unknown and does not count.
    func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor

    /// Whether a network of two classes may have a single logit, whose sigmoid is the probability of class 1; false by
    /// default.
    var acceptsOneLogit: Bool { get }

    /// The kinds of labels that the loss takes; class indices by default.
    var labelKinds: Set<LabelKind> { get }

    /// The label of images or pixels that do not count; nil, by default, where all do.
    var ignoreIndex: Int? { get }

    /// How much the labels of a batch weigh in the mean that the loss is, such as the number of those that count.
    ///
    /// Nil, by default, for a loss that is no such mean, as one of overlap.
    /// - Parameter labels: As for the loss.
    func weight(of labels: Tensor) -> Double?

    /// Measures a batch so that batches of any size add up to the same loss of a data set.
    ///
    /// By default that is the mean over all labels by their weight; of a loss without it the mean over the
    /// images that have labels, each measured alone.
    /// - Parameters:
    ///   - logits: `[N, ..., C]`
    ///   - labels: As for the loss.
    func measure(_ logits: Tensor, labels: Tensor) -> LossTotal
}

extension Loss {
    public var acceptsOneLogit: Bool { false }
    public var labelKinds: Set<LabelKind> { [.classes] }
    public var ignoreIndex: Int? { nil }
    public func weight(of labels: Tensor) -> Double? { nil }

    public func measure(_ logits: Tensor, labels: Tensor) -> LossTotal {
        if let weight = weight(of: labels) {
            return LossTotal(mean: Double(self(logits, labels: labels).item), weight: weight)
        }
        var total = LossTotal()
        for index in 0..<labels.shape[0] {
            let (image, label) = (logits[index..<index + 1], labels[index..<index + 1])
            total += LossTotal(
                mean: Double(self(image, labels: label).item),
                weight: label.countOfKnown(ignoring: ignoreIndex) > 0 ? 1 : 0)
        }
        return total
    }
}

extension Tensor {
    /// The number of labels that count.
    /// - Parameter ignoreIndex: The class index that does not; of floating-point labels those that are NaN do not.
    public func countOfKnown(ignoring ignoreIndex: Int?) -> Int {
        if dataType.isFloatingPoint {
            return cast(to: .float32).withScalars(as: Float.self) { labels in
                labels.reduce(0) { $0 + ($1.isNaN ? 0 : 1) }
            }
        }
        guard let ignoreIndex else { return elementCount }
        return cast(to: .int32).withScalars(as: Int32.self) { labels in
            labels.reduce(0) { $0 + (Int($1) == ignoreIndex ? 0 : 1) }
        }
    }
}

/// A loss that can weight classes differently.
public protocol ClassWeighted {
    /// One weight for each class; nil if all have the same.
    var classWeights: [Float]? { get }
}

/// What a loss must know of the data.
public struct LossEnvironment: Sendable {
    /// The number of classes.
    public var classCount: Int
    /// One name for each class; empty if the classes have no names.
    public var classNames: [String]
    /// The label to ignore; nil if every label counts.
    public var ignoreIndex: Int?
    /// Counts how often each class occurs among the training labels, in images or pixels. The data is read when it is
    /// called.
    public var labelCounts: @Sendable () throws -> [Int]
    /// Counts, for each class, all labels of the training images in which it occurs; nil for labels of whole images. The
    /// data is read when it is called.
    public var imageTotals: (@Sendable () throws -> [Int])?
    /// What the data is labelled for.
    public var task: PredictionTask

    /// Describes the data.
    /// - Parameters:
    ///   - classCount: The number of classes.
    ///   - classNames: One name for each class, or none.
    ///   - ignoreIndex: The label to ignore.
    ///   - labelCounts: Counts the training labels; by default every class occurs once.
    ///   - imageTotals: Counts, for each class, all labels of the training images in which it occurs; nil, the default,
    ///     for labels of whole images.
    ///   - task: What the data is labelled for, classification by default.
    public init(
        classCount: Int, classNames: [String] = [], ignoreIndex: Int? = nil,
        labelCounts: (@Sendable () throws -> [Int])? = nil, imageTotals: (@Sendable () throws -> [Int])? = nil,
        task: PredictionTask = .classification
    ) {
        self.imageTotals = imageTotals
        self.task = task
        self.classCount = classCount
        self.classNames = classNames
        self.ignoreIndex = ignoreIndex
        self.labelCounts = labelCounts ?? { [Int](repeating: 1, count: classCount) }
    }
}
