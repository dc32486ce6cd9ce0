import NNLayers

/// Limits of the gradients of a step, against explosions.
public struct GradientClipping: Sendable, Hashable {
    /// The largest norm of all gradients together; larger ones are scaled down to it (Pascanu et al. 2013).
    public var norm: Double?
    /// The largest magnitude of a single element; larger ones are cut to it, after scaling by norm.
    public var value: Double?

    public init(norm: Double? = nil, value: Double? = nil) {
        requireOptions("GradientClipping") { try Self.check(norm: norm, value: value) }
        self.norm = norm
        self.value = value
    }

    /// What configurations and initializers refuse alike. Infinity limits nothing.
    public static func check(norm: Double?, value: Double?) throws(OptionError) {
        for (option, limit) in [("gradient_clip_norm", norm), ("gradient_clip_value", value)] {
            if let limit, limit != .infinity { try OptionError.check(option, limit, .positive) }
        }
    }

    public static let none = GradientClipping()
}
