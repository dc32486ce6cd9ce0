import NNLayers

/// Settings for the parameters whose names match a pattern.
public struct ParameterGroup: ComponentOptions, Hashable {
    /// The name of a parameter, or of a module around it, in which `*` stands for any characters and `?` for one:
    /// `backbone`, `*.bias`.
    public var pattern: String
    /// The factor of the learning rate.
    public var lrFactor: Double
    /// The weight decay, in place of the optimizer's; nil to keep that.
    public var weightDecay: Double?

    public init() { self.init(pattern: "") }

    public init(pattern: String, lrFactor: Double = 1, weightDecay: Double? = nil) {
        self.pattern = pattern
        self.lrFactor = lrFactor
        self.weightDecay = weightDecay
    }

    public func validate() throws {
        if pattern.isEmpty {
            throw OptionError("pattern", "must be the name of a parameter, with '*' for any characters")
        }
        try OptionError.check("lr_factor", lrFactor, .notNegative)
        if let weightDecay { try OptionError.check("weight_decay", weightDecay, .notNegative) }
    }

    func matches(_ name: String) -> Bool { ParameterPattern(pattern).matches(name) }
}

/// A parameter group whose pattern matches no parameter.
public struct ParameterGroupError: Error, Sendable, CustomStringConvertible {
    public let pattern: String
    public let parameterNames: [String]

    /// What is wrong, to stand after the pattern.
    var reason: String {
        let examples = parameterNames.prefix(8).joined(separator: ", ")
        let rest = parameterNames.count > 8 ? ", ... (\(parameterNames.count) in all)" : ""
        return "matches no parameter; the network has \(examples)\(rest)"
    }

    public var description: String { "optimizer group '\(pattern)' \(reason)" }
}
