import NNLayers

/// Settings of an optimizer for the parameters whose names match a pattern.
public struct ParameterGroup: ComponentOptions, Hashable {
    /// The name of a parameter, or of a module around it, in which `*` stands for any characters and `?` for one:
    /// `backbone`, `*.bias`.
    public var pattern: String
    /// The factor of the learning rate; 0 or more.
    public var lrFactor: Double
    /// The weight decay in place of the optimizer's; nil to keep that.
    public var weightDecay: Double?

    public init() { self.init(pattern: "") }

    /// Creates the settings for parameters.
    /// - Parameters:
    ///   - pattern: The name of a parameter or of a module, as a `ParameterPattern` matches it.
    ///   - lrFactor: The factor of the learning rate; 0 or more.
    ///   - weightDecay: The weight decay in place of the optimizer's; nil to keep that.
    public init(pattern: String, lrFactor: Double = 1, weightDecay: Double? = nil) {
        self.pattern = pattern
        self.lrFactor = lrFactor
        self.weightDecay = weightDecay
    }

    public func validate() throws {
        if pattern.isEmpty {
            throw OptionError("pattern", "must be the name of a parameter, with '*' for any characters")
        }
        try check("lr_factor", lrFactor, .notNegative)
        if let weightDecay { try check("weight_decay", weightDecay, .notNegative) }
    }

    func matches(_ name: String) -> Bool { ParameterPattern(pattern).matches(name) }
}
