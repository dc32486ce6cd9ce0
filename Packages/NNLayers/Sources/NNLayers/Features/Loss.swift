/// A measure of how wrong predictions are, to be made small.
public protocol Loss: AnyObject {
    /// The loss of a batch: one float32 number.
    /// - Parameters:
    ///   - logits: `[N, ..., classes]`
    ///   - labels: `[N, ...]` int32 class indices.
    func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor

    /// Whether one logit may stand for class 1 of two, by its sigmoid.
    var acceptsOneLogit: Bool { get }
}

extension Loss {
    public var acceptsOneLogit: Bool { false }
}

/// A loss that may count some classes more than others.
public protocol ClassWeighted {
    /// One factor for each class; nil where all count alike.
    var classWeights: [Float]? { get }
}

/// What a loss must know of the data.
public struct LossEnvironment: Sendable {
    public var classCount: Int
    /// As many as there are classes, or none where they have no names.
    public var classNames: [String]
    /// The label of what does not count; nil where everything does.
    public var ignoreIndex: Int?
    /// How often each class is a label of the training samples, images or pixels; counted when it is called.
    public var labelCounts: @Sendable () throws -> [Int]

    /// - Parameter labelCounts: By default each class occurs once.
    public init(
        classCount: Int, classNames: [String] = [], ignoreIndex: Int? = nil,
        labelCounts: (@Sendable () throws -> [Int])? = nil
    ) {
        self.classCount = classCount
        self.classNames = classNames
        self.ignoreIndex = ignoreIndex
        self.labelCounts = labelCounts ?? { [Int](repeating: 1, count: classCount) }
    }
}
