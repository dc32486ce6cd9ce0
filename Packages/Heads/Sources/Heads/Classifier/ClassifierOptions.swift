import NNLayers

/// What a configuration may say about a ``Classifier``.
public struct ClassifierOptions: ComponentOptions {
    /// The part of the pooled features that training drops.
    public var dropout: Float = 0

    public init() {}

    public func validate() throws {
        if !(0..<1).contains(dropout) { throw OptionError("dropout", "must be 0 or more and below 1, not \(dropout)") }
    }
}
