extension ComponentKind<Void, any Backbone> {
    /// Encoders of images.
    public static var backbone: Self { Self("backbone") }
}

extension ComponentKind<HeadEnvironment, any Head> {
    /// What makes predictions of a backbone's features.
    public static var head: Self { Self("head") }
}

extension ComponentKind<LossEnvironment, any Loss> {
    /// Measures of how wrong predictions are.
    public static var loss: Self { Self("loss") }
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
