/// Draws the first values of a parameter.
public protocol Initializer: Sendable {
    /// The values: a pure function of the shape and the key.
    func values(_ shape: Shape, key: RandomKey) -> Tensor
}

extension Module {
    /// Gives every parameter that was declared with an initializer new values.
    ///
    /// Each is drawn with a key of its own, derived from its name: adding a layer to a network leaves
    /// the values of the others as they were.
    ///
    /// - Parameter keepsValues: Whether parameters that have values, as from a file, keep them; no memory is taken
    ///   for these then.
    public func initialize(key: RandomKey, keepsValues: Bool = false) {
        for (name, parameter) in ModuleTree(self).parameters where !(keepsValues && parameter.isInitialized) {
            if let initializer = parameter.initializer {
                parameter.value = initializer.values(parameter.shape, key: key.derived(name))
            }
        }
    }
}

/// Which connections of a weight scale its first values.
public enum Fan: String, Sendable, Codable, CaseIterable {
    /// Those that lead into one output: keeps the variance of activations on the way forward.
    case input
    /// Those that lead out of one input: keeps the variance of gradients on the way back.
    case output

    /// The number of connections of a weight `[O, I, ...]`, as PyTorch counts them.
    func count(_ shape: Shape) -> Float {
        require(
            shape.rank >= 2, "initializer: a shape \(shape) has no fan; it needs an output and an input dimension")
        return Float(shape[self == .input ? 1 : 0] * shape.dropFirst(2).reduce(1, *))
    }
}

/// Normally distributed values.
public struct NormalInitializer: Initializer, ComponentOptions {
    public var mean: Float = 0
    public var standardDeviation: Float = 0.01

    public init() {}
    public init(mean: Float = 0, standardDeviation: Float) {
        self.mean = mean
        self.standardDeviation = standardDeviation
        requireOptions("NormalInitializer", validate)
    }

    public func validate() throws {
        try OptionError.check("mean", mean, .finite)
        try OptionError.check("standard_deviation", standardDeviation, .notNegative)
    }

    public func values(_ shape: Shape, key: RandomKey) -> Tensor {
        .normal(shape, mean: mean, standardDeviation: standardDeviation, key: key)
    }
}

/// Uniformly distributed values between -bound and bound.
public struct UniformInitializer: Initializer, ComponentOptions {
    public var bound: Float = 0.05

    public init() {}
    public init(bound: Float) {
        self.bound = bound
        requireOptions("UniformInitializer", validate)
    }

    public func validate() throws {
        try OptionError.check("bound", bound, .notNegative)
        let limit = Float.greatestFiniteMagnitude / 2
        if bound > limit { throw OptionError("bound", "must be at most \(limit), not \(bound)") }
    }

    public func values(_ shape: Shape, key: RandomKey) -> Tensor {
        .uniform(shape, in: -bound..<bound, key: key)
    }
}

/// The same value everywhere.
public struct ConstantInitializer: Initializer, ComponentOptions {
    public var value: Float = 0

    public init() {}
    public init(value: Float) {
        self.value = value
        requireOptions("ConstantInitializer", validate)
    }

    public func validate() throws { try OptionError.check("value", value, .finite) }

    public func values(_ shape: Shape, key: RandomKey) -> Tensor { .full(shape, value: value) }
}

extension Initializer where Self == NormalInitializer {
    /// Normal around zero.
    public static func normal(standardDeviation: Float) -> NormalInitializer {
        NormalInitializer(standardDeviation: standardDeviation)
    }
}

extension Initializer where Self == UniformInitializer {
    /// Uniform between -bound and bound.
    public static func uniform(bound: Float) -> UniformInitializer { UniformInitializer(bound: bound) }
}

extension Initializer where Self == ConstantInitializer {
    public static var zeros: ConstantInitializer { ConstantInitializer(value: 0) }
    public static var ones: ConstantInitializer { ConstantInitializer(value: 1) }
    /// `value` everywhere.
    public static func constant(_ value: Float) -> ConstantInitializer { ConstantInitializer(value: value) }
}
