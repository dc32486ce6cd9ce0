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
}

extension Loss {
    public var acceptsOneLogit: Bool { false }
    public var labelKinds: Set<LabelKind> { [.classes] }
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
    /// What the data is labelled for.
    public var task: PredictionTask

    /// Describes the data.
    /// - Parameters:
    ///   - classCount: The number of classes.
    ///   - classNames: One name for each class, or none.
    ///   - ignoreIndex: The label to ignore.
    ///   - labelCounts: Counts the training labels; by default every class occurs once.
    ///   - task: What the data is labelled for, classification by default.
    public init(
        classCount: Int, classNames: [String] = [], ignoreIndex: Int? = nil,
        labelCounts: (@Sendable () throws -> [Int])? = nil, task: PredictionTask = .classification
    ) {
        self.task = task
        self.classCount = classCount
        self.classNames = classNames
        self.ignoreIndex = ignoreIndex
        self.labelCounts = labelCounts ?? { [Int](repeating: 1, count: classCount) }
    }
}
