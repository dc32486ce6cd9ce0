/// Normally distributed values of variance 2 / fan, for layers that a ReLU follows (He et al. 2015).
public struct HeNormal: Initializer, ComponentOptions {
    /// Which connections count.
    public var fan = Fan.input
    /// The slope of the leaky ReLU that follows; the variance is 2 / ((1 + slope²) · fan).
    public var negativeSlope: Float = 0

    public init() {}
    public init(fan: Fan, negativeSlope: Float = 0) {
        self.fan = fan
        self.negativeSlope = negativeSlope
        requireOptions("HeNormal", validate)
    }

    public func validate() throws { try OptionError.check("negative_slope", negativeSlope, .finite) }

    public func values(_ shape: Shape, key: RandomKey) -> Tensor {
        let deviation = heDeviation(shape, fan: fan, negativeSlope: negativeSlope)
        return .normal(shape, mean: 0, standardDeviation: deviation, key: key)
    }
}

/// Uniformly distributed values of variance 2 / fan, for layers that a ReLU follows (He et al. 2015).
public struct HeUniform: Initializer, ComponentOptions {
    /// Which connections count.
    public var fan = Fan.input
    /// The slope of the leaky ReLU that follows; the variance is 2 / ((1 + slope²) · fan).
    public var negativeSlope: Float = 0

    public init() {}
    public init(fan: Fan, negativeSlope: Float = 0) {
        self.fan = fan
        self.negativeSlope = negativeSlope
        requireOptions("HeUniform", validate)
    }

    public func validate() throws { try OptionError.check("negative_slope", negativeSlope, .finite) }

    public func values(_ shape: Shape, key: RandomKey) -> Tensor {
        let bound = Float(3).squareRoot() * heDeviation(shape, fan: fan, negativeSlope: negativeSlope)
        return .uniform(shape, in: -bound..<bound, key: key)
    }
}

private func heDeviation(_ shape: Shape, fan: Fan, negativeSlope: Float) -> Float {
    // A weight without elements has no connections.
    (2 / ((1 + negativeSlope * negativeSlope) * max(fan.count(shape), 1))).squareRoot()
}

extension Initializer where Self == HeNormal {
    /// He normal by the number of inputs.
    public static var heNormal: HeNormal { HeNormal() }
}

extension Initializer where Self == HeUniform {
    /// He uniform by the number of inputs.
    public static var heUniform: HeUniform { HeUniform() }
}

/// Normally distributed values of variance 2 / (fan in + fan out) (Glorot and Bengio 2010).
public struct GlorotNormal: Initializer, ComponentOptions {
    /// A factor on the standard deviation.
    public var gain: Float = 1

    public init() {}
    public init(gain: Float) {
        self.gain = gain
        requireOptions("GlorotNormal", validate)
    }

    public func validate() throws { try OptionError.check("gain", gain, .notNegative) }

    public func values(_ shape: Shape, key: RandomKey) -> Tensor {
        .normal(shape, mean: 0, standardDeviation: glorotDeviation(shape, gain: gain), key: key)
    }
}

/// Uniformly distributed values of variance 2 / (fan in + fan out) (Glorot and Bengio 2010).
public struct GlorotUniform: Initializer, ComponentOptions {
    /// A factor on the bound.
    public var gain: Float = 1

    public init() {}
    public init(gain: Float) {
        self.gain = gain
        requireOptions("GlorotUniform", validate)
    }

    public func validate() throws { try OptionError.check("gain", gain, .notNegative) }

    public func values(_ shape: Shape, key: RandomKey) -> Tensor {
        let bound = Float(3).squareRoot() * glorotDeviation(shape, gain: gain)
        return .uniform(shape, in: -bound..<bound, key: key)
    }
}

private func glorotDeviation(_ shape: Shape, gain: Float) -> Float {
    // A weight without elements has no connections.
    gain * (2 / max(Fan.input.count(shape) + Fan.output.count(shape), 1)).squareRoot()
}

extension Initializer where Self == GlorotNormal {
    /// Glorot normal with a gain of 1.
    public static var glorotNormal: GlorotNormal { GlorotNormal() }
}

extension Initializer where Self == GlorotUniform {
    /// Glorot uniform with a gain of 1.
    public static var glorotUniform: GlorotUniform { GlorotUniform() }
}
