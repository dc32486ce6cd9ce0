import NNLayers

extension ComponentKind<OptimizerEnvironment, Optimizer> {
    /// Optimizers of the parameters of a network.
    public static var optimizer: Self { Self("optimizer") }
}

/// What an optimizer has to know of the network.
public struct OptimizerEnvironment {
    /// The parameters to optimize, under unique names.
    public var parameters: [(name: String, parameter: Parameter)]

    /// Creates the environment of some parameters, such as `network.parameters`.
    public init(parameters: [(name: String, parameter: Parameter)]) { self.parameters = parameters }
}

/// Options of an optimizer: those that all have, and the rule that follows from the others.
///
/// ```swift
/// struct SignDescentOptions: OptimizerOptions {
///     var lr = 1e-3
///     var weightDecay = 0.0
///     var decayNormsAndBiases = true
///     var groups: [ParameterGroup] = []
///
///     var rule: any UpdateRule { SignDescent() }
/// }
///
/// try registry.register(.optimizer, "sign_descent", summary: "Steps by sign", SignDescentOptions.self)
/// ```
public protocol OptimizerOptions: BuildableOptions where Environment == OptimizerEnvironment, Product == Optimizer {
    /// The learning rate that the schedule starts from.
    var lr: Double { get }
    /// 0 or more; its effect is the rule's.
    var weightDecay: Double { get }
    /// Whether weight decay also applies to parameters of rank 1 or less.
    var decayNormsAndBiases: Bool { get }
    /// Settings for some parameters, by name.
    var groups: [ParameterGroup] { get }

    /// How one parameter is updated.
    var rule: any UpdateRule { get }
}

extension OptimizerOptions {
    /// Checks the options that all optimizers have.
    /// - Throws: `OptionError`.
    public func validateCommonOptions() throws(OptionError) {
        try Optimizer.check(learningRate: lr, weightDecay: weightDecay)
    }

    public func validate() throws { try validateCommonOptions() }

    /// Makes an optimizer for training by a `Trainer`, which states the learning rate and the clipping of each step.
    /// - Throws: `OptionError` if a group matches no parameter.
    public func build(_ environment: OptimizerEnvironment, in registry: Registry) throws -> Optimizer {
        try Optimizer.check(groups, for: environment.parameters.map(\.name))
        return Optimizer(
            rule, environment.parameters, learningRate: lr, weightDecay: weightDecay,
            decaysNormsAndBiases: decayNormsAndBiases, groups: groups, clipping: .none)
    }
}
