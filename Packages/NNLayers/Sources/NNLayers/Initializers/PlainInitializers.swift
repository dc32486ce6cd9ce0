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
