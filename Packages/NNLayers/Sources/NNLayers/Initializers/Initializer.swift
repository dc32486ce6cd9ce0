/// Draws the initial values of parameters.
public protocol Initializer: Sendable {
    /// Returns the values: a pure function of the shape and the key.
    func values(_ shape: Shape, key: RandomKey) -> Tensor
}

extension Module {
    /// Draws new values for every parameter that was declared with an initializer.
    ///
    /// Each parameter has a key of its own, derived from its name: adding a layer to a network does not change the
    /// initial values of the others.
    ///
    /// - Parameters:
    ///   - key: The key of all values; the same key gives the same values.
    ///   - keepsValues: Whether parameters that have values, such as those from a file, keep them. They then take no
    ///     additional memory.
    public func initialize(key: RandomKey, keepsValues: Bool = false) {
        for (name, parameter) in ModuleTree(self).parameters where !(keepsValues && parameter.isInitialized) {
            if let initializer = parameter.initializer {
                parameter.value = initializer.values(parameter.shape, key: key.derived(name))
            }
        }
    }
}

/// Normally distributed values.
public struct NormalInitializer: Initializer, ComponentOptions {
    /// The mean.
    public var mean: Float = 0
    /// The standard deviation.
    public var standardDeviation: Float = 0.01

    /// Creates an initializer with a mean of 0 and a standard deviation of 0.01.
    public init() {}

    /// Creates an initializer.
    /// - Parameters:
    ///   - mean: The mean.
    ///   - standardDeviation: The standard deviation, 0 or more.
    public init(mean: Float = 0, standardDeviation: Float) {
        self.mean = mean
        self.standardDeviation = standardDeviation
        requireOptions("NormalInitializer", validate)
    }

    public func validate() throws {
        try check("mean", mean, .finite)
        try check("standard_deviation", standardDeviation, .notNegative)
    }

    public func values(_ shape: Shape, key: RandomKey) -> Tensor {
        .normal(shape, mean: mean, standardDeviation: standardDeviation, key: key)
    }
}

/// Uniformly distributed values between -bound and bound.
public struct UniformInitializer: Initializer, ComponentOptions {
    /// The largest magnitude.
    public var bound: Float = 0.05

    /// Creates an initializer with a bound of 0.05.
    public init() {}

    /// Creates an initializer.
    /// - Parameter bound: The largest magnitude, 0 or more.
    public init(bound: Float) {
        self.bound = bound
        requireOptions("UniformInitializer", validate)
    }

    public func validate() throws {
        try check("bound", bound, .notNegative)
        let limit = Float.greatestFiniteMagnitude / 2
        if bound > limit { throw OptionError("bound", "must be at most \(limit), not \(bound)") }
    }

    public func values(_ shape: Shape, key: RandomKey) -> Tensor {
        .uniform(shape, in: -bound..<bound, key: key)
    }
}

/// The same value for every element.
public struct ConstantInitializer: Initializer, ComponentOptions {
    /// The value.
    public var value: Float = 0

    /// Creates an initializer of zeros.
    public init() {}

    /// Creates an initializer.
    /// - Parameter value: The value of every element.
    public init(value: Float) {
        self.value = value
        requireOptions("ConstantInitializer", validate)
    }

    public func validate() throws { try check("value", value, .finite) }

    public func values(_ shape: Shape, key: RandomKey) -> Tensor { .full(shape, value: value) }
}

extension Initializer where Self == NormalInitializer {
    /// Normally distributed values with a mean of 0.
    public static func normal(standardDeviation: Float) -> NormalInitializer {
        NormalInitializer(standardDeviation: standardDeviation)
    }
}

extension Initializer where Self == UniformInitializer {
    /// Uniformly distributed values between -bound and bound.
    public static func uniform(bound: Float) -> UniformInitializer { UniformInitializer(bound: bound) }
}

extension Initializer where Self == ConstantInitializer {
    /// 0 for every element.
    public static var zeros: ConstantInitializer { ConstantInitializer(value: 0) }
    /// 1 for every element.
    public static var ones: ConstantInitializer { ConstantInitializer(value: 1) }
    /// The same value for every element.
    public static func constant(_ value: Float) -> ConstantInitializer { ConstantInitializer(value: value) }
}
