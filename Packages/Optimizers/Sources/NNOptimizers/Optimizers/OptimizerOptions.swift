import NNLayers

extension ComponentKind<OptimizerEnvironment, Optimizer> {
    /// What changes parameters against their gradients.
    public static var optimizer: Self { Self("optimizer") }
}

/// What an optimizer must know of the network.
public struct OptimizerEnvironment {
    public var parameters: [(name: String, parameter: Parameter)]

    public init(parameters: [(name: String, parameter: Parameter)]) { self.parameters = parameters }
}

/// The options of an optimizer: those that all have, and the rule that follows from the others.
public protocol OptimizerOptions: ComponentOptions {
    /// The learning rate that the schedule starts from.
    var lr: Double { get }
    var weightDecay: Double { get }
    /// Whether weight decay also applies to parameters of rank 1 or less.
    var decayNormsAndBiases: Bool { get }
    /// Settings for some parameters, by name.
    var groups: [ParameterGroup] { get }

    /// How one parameter is changed.
    var rule: any UpdateRule { get }
}

extension OptimizerOptions {
    /// Refuses values that no optimizer can have.
    public func validateCommonOptions() throws(OptionError) {
        try Optimizer.check(learningRate: lr, weightDecay: weightDecay)
    }

    public func validate() throws { try validateCommonOptions() }

    /// The optimizer with these options.
    /// - Throws: `OptionError` if a group matches no parameter.
    public func makeOptimizer(_ environment: OptimizerEnvironment) throws -> Optimizer {
        do {
            return try Optimizer(
                rule, parameters: environment.parameters, learningRate: lr, weightDecay: weightDecay,
                decaysNormsAndBiases: decayNormsAndBiases, groups: groups)
        } catch {
            let index = groups.firstIndex { $0.pattern == error.pattern } ?? 0
            throw OptionError("groups.\(index).pattern", error.reason)
        }
    }
}

extension Registry {
    /// Adds an optimizer that is an ``UpdateRule`` with options.
    /// - Throws: `RegistryError` where the name is taken.
    public func register<Options: OptimizerOptions>(
        optimizer name: String, summary: String, options: Options.Type
    ) throws {
        try register(.optimizer, name, summary: summary, options: options) { try $0.makeOptimizer($1) }
    }
}
