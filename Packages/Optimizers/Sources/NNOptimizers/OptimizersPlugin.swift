import NNLayers

/// The optimizers and schedules of this module.
public struct OptimizersPlugin: Plugin {
    public let name = "Optimizers"

    /// The plugin; it has no settings.
    public init() {}

    public func register(into registry: Registry) throws {
        try registry.register(
            .optimizer, "sgd", summary: "Stochastic gradient descent with momentum", SGD.Options.self)
        try registry.register(.optimizer, "adam", summary: "Adam (Kingma and Ba 2015)", Adam.Options.self)
        try registry.register(
            .optimizer, "adamw", summary: "Adam with decoupled weight decay (Loshchilov and Hutter 2019)",
            AdamW.Options.self)

        try registry.register(
            .schedule, "constant", summary: "The same learning rate throughout", ConstantSchedule.Options.self)
        try registry.register(
            .schedule, "step", summary: "Times gamma after each interval", StepSchedule.Options.self)
        try registry.register(
            .schedule, "multi_step", summary: "Times gamma at each milestone", MultiStepSchedule.Options.self)
        try registry.register(
            .schedule, "cosine", summary: "Half a cosine down to min_lr (Loshchilov and Hutter 2017)",
            CosineSchedule.Options.self)
        try registry.register(
            .schedule, "poly", summary: "A power of what is left of training, down to min_lr",
            PolynomialSchedule.Options.self)
        try registry.register(
            .schedule, "one_cycle", summary: "One rise and one long fall (Smith and Topin 2018)",
            OneCycleSchedule.Options.self)
        try registry.register(
            .schedule, "cyclical", summary: "Triangles between base_lr and max_lr (Smith 2017)",
            CyclicalSchedule.Options.self)
        try registry.register(
            .schedule, "plateau", summary: "Times factor when a metric stops improving",
            PlateauSchedule.Options.self)
    }
}
