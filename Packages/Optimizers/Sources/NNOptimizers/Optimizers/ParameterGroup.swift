import NNLayers

/// Settings of an optimizer for the parameters whose names match a pattern.
///
/// ```swift
/// let optimizer = AdamW(
///     network.parameters, learningRate: 1e-3,
///     groups: [ParameterGroup(pattern: "backbone", learningRateFactor: 0.1)])
/// ```
public struct ParameterGroup: ComponentOptions, Hashable {
    /// The name of a parameter, or of a module around it, in which `*` stands for any characters and `?` for one:
    /// `backbone`, `*.bias`.
    public var pattern: String
    /// The factor of the learning rate; 0 or more.
    public var learningRateFactor: Double
    /// The weight decay in place of the optimizer's; nil to keep that.
    public var weightDecay: Double?

    public init() { self.init(pattern: "") }

    /// Creates the settings for parameters.
    /// - Parameters:
    ///   - pattern: The name of a parameter or of a module, as a `ParameterPattern` matches it.
    ///   - learningRateFactor: The factor of the learning rate; 0 or more.
    ///   - weightDecay: The weight decay in place of the optimizer's; nil to keep that.
    public init(pattern: String, learningRateFactor: Double = 1, weightDecay: Double? = nil) {
        self.pattern = pattern
        self.learningRateFactor = learningRateFactor
        self.weightDecay = weightDecay
    }

    public func validate() throws {
        if pattern.isEmpty {
            throw OptionError("pattern", "must be the name of a parameter, with '*' for any characters")
        }
        try check("lr_factor", learningRateFactor, .notNegative)
        if let weightDecay { try check("weight_decay", weightDecay, .notNegative) }
    }

    private enum CodingKeys: String, CodingKey {
        case pattern
        case learningRateFactor = "lrFactor"
        case weightDecay
    }

    func matches(_ name: String) -> Bool { ParameterPattern(pattern).matches(name) }
}
