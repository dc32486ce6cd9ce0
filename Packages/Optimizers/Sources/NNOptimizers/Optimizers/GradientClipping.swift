import NNLayers

/// Limits of the gradients of a step, against exploding gradients.
public struct GradientClipping: Sendable, Hashable {
    /// The largest norm of all gradients together; nil for none.
    public let norm: Double?
    /// The largest magnitude of a single element; nil for none.
    public let value: Double?

    /// Creates limits; with both, gradients are clipped by norm first.
    ///
    /// - Parameters:
    ///   - norm: Above 0. Gradients with a larger Euclidean norm, all together, are scaled down to it (Pascanu et al.
    ///     2013). Infinity limits nothing, but has the norm measured and gradients that are not finite found.
    ///   - value: Above 0. Elements with a larger magnitude are cut to it.
    public init(norm: Double? = nil, value: Double? = nil) {
        requireOptions("GradientClipping") { try Self.check(norm: norm, value: value) }
        self.norm = norm
        self.value = value
    }

    /// Checks limits as the initializer does, for configurations, whose keys it names.
    /// - Throws: `OptionError` for `gradient_clip_norm` or `gradient_clip_value`.
    @_spi(Internal) public static func check(norm: Double?, value: Double?) throws(OptionError) {
        for (option, limit) in [("gradient_clip_norm", norm), ("gradient_clip_value", value)] {
            if let limit, limit != .infinity { try OptionError.check(option, limit, .positive) }
        }
    }

    /// No limits, and no search for gradients that are not finite.
    public static let none = GradientClipping()

    /// Limits the norm of all gradients together, see ``init(norm:value:)``.
    public static func norm(_ limit: Double) -> GradientClipping { GradientClipping(norm: limit) }

    /// Limits the magnitude of each element, see ``init(norm:value:)``.
    public static func value(_ limit: Double) -> GradientClipping { GradientClipping(value: limit) }
}

/// Gradients that are NaN or infinite, found before a parameter was changed.
public struct NonFiniteGradientError: Error, Sendable, CustomStringConvertible {
    /// The norm of the gradients: NaN or infinity.
    public let norm: Double
    /// The name of the first parameter with such a gradient.
    public let parameter: String

    /// Creates the error for the gradient of a parameter.
    public init(norm: Double, parameter: String) {
        self.norm = norm
        self.parameter = parameter
    }

    public var description: String { "the norm of the gradients is \(norm), first that of '\(parameter)'" }
}
