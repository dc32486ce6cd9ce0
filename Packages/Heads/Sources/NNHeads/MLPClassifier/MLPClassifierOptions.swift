import NNLayers

/// What a configuration may say about an ``MLPClassifier``.
public struct MLPClassifierOptions: ComponentOptions {
    /// What the scores stand for.
    public enum Output: String, Sendable, Codable, CaseIterable {
        /// One class of several: a logit for each.
        case softmax
        /// The second of two classes or not: one logit.
        case sigmoid
    }

    /// The dense layers before the last one.
    public var layers = [
        DenseLayerOptions(width: 256, dropout: 0.5), DenseLayerOptions(width: 128, dropout: 0.5),
    ]
    public var output = Output.softmax
    /// Draws the weights.
    public var initializer: ConfigNode = "glorot_uniform"

    public init() {}
}

/// What a configuration may say about a dense layer of an ``MLPClassifier``.
public struct DenseLayerOptions: ComponentOptions {
    /// The number of values that come out.
    public var width = 256
    public var activation: ConfigNode = "relu"
    /// The part of the activated values that training drops.
    public var dropout: Float = 0

    public init() {}

    public init(width: Int, activation: ConfigNode = "relu", dropout: Float = 0) {
        self.width = width
        self.activation = activation
        self.dropout = dropout
    }

    public func validate() throws {
        try requirePositive("width", [width])
        try requireDropout(dropout)
    }
}
