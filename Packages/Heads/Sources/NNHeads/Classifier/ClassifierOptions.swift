import NNLayers

/// What a configuration may say about a ``Classifier``.
public struct ClassifierOptions: ComponentOptions {
    /// The part of the pooled features that training drops.
    public var dropout: Float = 0

    public init() {}

    public func validate() throws {
        try requireDropout(dropout)
    }
}
