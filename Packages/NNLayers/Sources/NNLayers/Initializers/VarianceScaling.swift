/// The connections by whose number initial values are scaled.
public enum Fan: String, Sendable, Codable, CaseIterable {
    /// The connections into an output (fan-in): keeps the variance of activations in the forward pass.
    case input
    /// The connections from an input (fan-out): keeps the variance of gradients in the backward pass.
    case output

    /// The number of connections of a weight `[O, I, ...]`, counted as in PyTorch.
    func count(_ shape: Shape) -> Float {
        require(
            shape.rank >= 2,
            "initializer: shape \(shape) has no fan; it needs an output and an input dimension")
        return Float(shape[self == .input ? 1 : 0] * shape.dropFirst(2).reduce(1, *))
    }
}

/// Normally distributed values of variance 2 / fan, for layers before a ReLU (He et al. 2015).
///
/// The counterpart of `torch.nn.init.kaiming_normal_`.
public struct HeNormal: Initializer, ComponentOptions {
    /// The connections that count.
    public var fan = Fan.input
    /// The slope of the leaky ReLU that follows; the variance is 2 / ((1 + slope²) · fan).
    public var negativeSlope: Float = 0

    /// Creates an initializer that scales by fan-in, for layers before a ReLU.
    public init() {}

    /// Creates an initializer.
    /// - Parameters:
    ///   - fan: The connections that count.
    ///   - negativeSlope: The slope of the leaky ReLU that follows; 0 for a ReLU.
    public init(fan: Fan, negativeSlope: Float = 0) {
        self.fan = fan
        self.negativeSlope = negativeSlope
        requireOptions("HeNormal", validate)
    }

    public func validate() throws { try check("negative_slope", negativeSlope, .finite) }

    public func values(_ shape: Shape, key: RandomKey) -> Tensor {
        let deviation = heDeviation(shape, fan: fan, negativeSlope: negativeSlope)
        return .normal(shape, mean: 0, standardDeviation: deviation, key: key)
    }
}

/// Uniformly distributed values of variance 2 / fan, for layers before a ReLU (He et al. 2015).
///
/// The counterpart of `torch.nn.init.kaiming_uniform_`.
public struct HeUniform: Initializer, ComponentOptions {
    /// The connections that count.
    public var fan = Fan.input
    /// The slope of the leaky ReLU that follows; the variance is 2 / ((1 + slope²) · fan).
    public var negativeSlope: Float = 0

    /// Creates an initializer that scales by fan-in, for layers before a ReLU.
    public init() {}

    /// Creates an initializer.
    /// - Parameters:
    ///   - fan: The connections that count.
    ///   - negativeSlope: The slope of the leaky ReLU that follows; 0 for a ReLU.
    public init(fan: Fan, negativeSlope: Float = 0) {
        self.fan = fan
        self.negativeSlope = negativeSlope
        requireOptions("HeUniform", validate)
    }

    public func validate() throws { try check("negative_slope", negativeSlope, .finite) }

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
    /// ``HeNormal`` by fan-in.
    public static var heNormal: HeNormal { HeNormal() }
}

extension Initializer where Self == HeUniform {
    /// ``HeUniform`` by fan-in.
    public static var heUniform: HeUniform { HeUniform() }
}

/// Normally distributed values of variance 2 · gain² / (fan-in + fan-out) (Glorot and Bengio 2010).
///
/// The counterpart of `torch.nn.init.xavier_normal_`.
public struct GlorotNormal: Initializer, ComponentOptions {
    /// A factor of the standard deviation.
    public var gain: Float = 1

    /// Creates an initializer with a gain of 1.
    public init() {}

    /// Creates an initializer.
    /// - Parameter gain: A factor of the standard deviation, 0 or more.
    public init(gain: Float) {
        self.gain = gain
        requireOptions("GlorotNormal", validate)
    }

    public func validate() throws { try check("gain", gain, .notNegative) }

    public func values(_ shape: Shape, key: RandomKey) -> Tensor {
        .normal(shape, mean: 0, standardDeviation: glorotDeviation(shape, gain: gain), key: key)
    }
}

/// Uniformly distributed values of variance 2 · gain² / (fan-in + fan-out) (Glorot and Bengio 2010).
///
/// The counterpart of `torch.nn.init.xavier_uniform_`.
public struct GlorotUniform: Initializer, ComponentOptions {
    /// A factor of the standard deviation and the bound.
    public var gain: Float = 1

    /// Creates an initializer with a gain of 1.
    public init() {}

    /// Creates an initializer.
    /// - Parameter gain: A factor of the standard deviation, 0 or more.
    public init(gain: Float) {
        self.gain = gain
        requireOptions("GlorotUniform", validate)
    }

    public func validate() throws { try check("gain", gain, .notNegative) }

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
    /// ``GlorotNormal`` with a gain of 1.
    public static var glorotNormal: GlorotNormal { GlorotNormal() }
}

extension Initializer where Self == GlorotUniform {
    /// ``GlorotUniform`` with a gain of 1.
    public static var glorotUniform: GlorotUniform { GlorotUniform() }
}
