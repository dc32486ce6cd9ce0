/// Limits of the gradients of a step, against explosions.
public struct GradientClipping: Sendable, Hashable {
    /// The largest norm of all gradients together; larger ones are scaled down to it (Pascanu et al. 2013).
    public var norm: Double?
    /// The largest magnitude of a single element; larger ones are cut to it, after scaling by norm.
    public var value: Double?

    public init(norm: Double? = nil, value: Double? = nil) {
        self.norm = norm
        self.value = value
    }

    public static let none = GradientClipping()
}
