import NNLayers

/// Updates the parameters of a network by their gradients, as an ``UpdateRule`` says.
///
/// ``SGD``, ``Adam`` and ``AdamW`` are made by one call each:
///
/// ```swift
/// let optimizer = AdamW(network.parameters, learningRate: 1e-3, schedule: .cosine(steps: 10_000))
/// for step in 0..<10_000 {
///     let loss = network(images, .training(key: key.derived(step))).softmaxCrossEntropy(labels: labels)
///     try optimizer.step(loss.backward())
/// }
/// ```
///
/// A custom rule needs no more: `Optimizer(SignDescent(), network.parameters, learningRate: 1e-3)`. A subclass can give
/// it an initializer with its own settings, which is all that the built-in ones do.
open class Optimizer {
    /// A parameter with all that belongs to it.
    private struct Slot {
        let name: String
        let parameter: Parameter
        let learningRateFactor: Double
        let weightDecay: Double
        var state: [Tensor] = []
        var updateCount = 0
    }

    /// How one parameter is updated.
    public let rule: any UpdateRule
    /// The learning rate that the schedule starts from.
    public let baseLearningRate: Double
    /// The learning rate of each step that states none.
    public private(set) var schedule: any Schedule
    /// Limits of the gradients of each step that states none.
    public let clipping: GradientClipping
    /// The number of steps taken by the schedule; those with a stated learning rate do not count.
    public private(set) var stepCount = 0
    private var slots: [Slot]

    /// Creates an optimizer with a rule.
    ///
    /// - Parameters:
    ///   - rule: How one parameter is updated.
    ///   - parameters: Parameters under unique names, such as `network.parameters`.
    ///   - learningRate: Where the schedule starts; positive.
    ///   - weightDecay: 0 or more; its effect is the rule's.
    ///   - decaysNormsAndBiases: Whether weight decay also applies to parameters of rank 1 or less: biases, and scales
    ///     and offsets of normalizations.
    ///   - groups: Settings for some parameters, by name; the first group that matches a name counts. The weight decay
    ///     of a group applies to all of its parameters, whatever their rank.
    ///   - schedule: The learning rate of each step.
    ///   - clipping: Limits of the gradients. By default there is none, but gradients that are not finite are found.
    public init(
        _ rule: any UpdateRule, _ parameters: [(name: String, parameter: Parameter)], learningRate: Double,
        weightDecay: Double = 0, decaysNormsAndBiases: Bool = true, groups: [ParameterGroup] = [],
        schedule: ScheduleTemplate = .constant, clipping: GradientClipping = .norm(.infinity)
    ) {
        requireOptions("Optimizer") {
            try Optimizer.check(learningRate: learningRate, weightDecay: weightDecay)
            for group in groups { try group.validate() }
            try Optimizer.check(groups, for: parameters.map(\.name))
        }
        var names: Set<String> = []
        for (name, _) in parameters {
            require(
                names.insert(name).inserted,
                "Optimizer: two parameters are named '\(name)'; their state is saved by name, so prefix the names")
        }
        self.rule = rule
        self.schedule = schedule.schedule(learningRate: learningRate)
        self.clipping = clipping
        baseLearningRate = learningRate
        slots = parameters.map { name, parameter in
            let group = groups.first { $0.matches(name) }
            let decays = decaysNormsAndBiases || parameter.shape.rank > 1
            return Slot(
                name: name, parameter: parameter, learningRateFactor: group?.learningRateFactor ?? 1,
                weightDecay: group?.weightDecay ?? (decays ? weightDecay : 0))
        }
    }

    /// Checks that configurations and initializers have in common.
    static func check(learningRate: Double, weightDecay: Double) throws(OptionError) {
        try OptionError.check("lr", learningRate, .positive)
        try OptionError.check("weight_decay", weightDecay, .notNegative)
    }

    /// Checks that every group matches a parameter.
    static func check(_ groups: [ParameterGroup], for names: [String]) throws(OptionError) {
        for (index, group) in groups.enumerated() where !names.contains(where: group.matches) {
            let examples = names.prefix(8).joined(separator: ", ")
            let rest = names.count > 8 ? ", ... (\(names.count) in all)" : ""
            throw OptionError(
                "groups.\(index).pattern", "matches no parameter; the network has \(examples)\(rest)")
        }
    }

    /// The learning rate of the next step.
    public var learningRate: Double { schedule.learningRate(at: stepCount) }

    /// Updates every trainable parameter that has a gradient.
    ///
    /// Some may have none, such as those of a branch that was not taken. If there is a gradient of no trainable
    /// parameter at all it traps, since the gradients must be of another network.
    ///
    /// - Parameters:
    ///   - gradients: The gradients of a loss, as `loss.backward()` gives them.
    ///   - learningRate: 0 or more, for programs with a schedule of their own; by default the optimizer's schedule,
    ///     which goes on by one step.
    ///   - gradientScale: The factor of all gradients before clipping; 1 / n makes the mean of n accumulated batches.
    ///   - clipping: Limits of the gradients; by default the optimizer's.
    /// - Returns: The norm of the scaled gradients before clipping; nil where clipping has no norm.
    /// - Throws: ``NonFiniteGradientError`` where clipping has a norm, be it `.infinity`, and a gradient is NaN or
    ///   infinite. Nothing has changed then: the batch can be skipped, or training ended with the last good weights.
    @discardableResult
    public func step(
        _ gradients: consuming Gradients, learningRate: Double? = nil, gradientScale: Double = 1,
        clipping: GradientClipping? = nil
    ) throws(NonFiniteGradientError) -> Double? {
        // Each gradient is taken out as it is used, so that its memory is free for what comes next.
        var gradients = consume gradients
        let (rate, clipping) = (learningRate ?? self.learningRate, clipping ?? self.clipping)
        require(rate, .notNegative, "Optimizer.step: the learning rate")
        require(gradientScale, .finite, "Optimizer.step: the scale of the gradients")
        requireGradient(in: gradients)
        var scale = gradientScale
        var norm: Double?
        if let limit = clipping.norm {
            let found = try finiteNorm(of: gradients, scale: gradientScale)
            if found > limit { scale *= limit / found }
            norm = found
        }
        let limit = clipping.value.map { Float($0) } ?? .infinity
        for index in slots.indices where slots[index].parameter.isTrainable {
            guard let gradient = slots[index].parameter.takeGradient(from: &gradients) else { continue }
            slots[index].updateCount += 1
            let update = ParameterUpdate(
                unadjusted: gradient, scale: Float(scale), limit: limit,
                learningRate: ScheduleRules.bounded(rate * slots[index].learningRateFactor),
                weightDecay: slots[index].weightDecay,
                number: slots[index].updateCount)
            apply(update, to: &slots[index])
        }
        if learningRate == nil { stepCount += 1 }
        return norm
    }

    private func apply(_ update: ParameterUpdate, to slot: inout Slot) {
        if update.number == 1 { slot.state = rule.stateNames.map { _ in .zeros(slot.parameter.shape) } }
        slot.parameter.update { rule.update(&$0, state: &slot.state, with: update) }
    }

    private func requireGradient(in gradients: Gradients) {
        let trainable = slots.filter(\.parameter.isTrainable)
        require(
            trainable.isEmpty || trainable.contains { $0.parameter.gradient(in: gradients) != nil },
            "Optimizer.step: there is a gradient of none of the \(trainable.count) parameters, such as "
                + "'\(trainable.first?.name ?? "")'; are the gradients of another network?")
    }

    /// The Euclidean norm of the gradients of all trainable parameters together.
    private func finiteNorm(of gradients: Gradients, scale: Double) throws(NonFiniteGradientError) -> Double {
        var sum = 0.0
        for slot in slots where slot.parameter.isTrainable {
            guard let squares = slot.parameter.gradient(in: gradients)?.sumOfSquares else { continue }
            guard squares.isFinite else {
                throw NonFiniteGradientError(norm: squares.squareRoot(), parameter: slot.name)
            }
            sum += squares
        }
        return sum.squareRoot() * scale
    }

    /// Tells a schedule that reacts to measurements, such as ``PlateauSchedule``, of a new value.
    public func report(_ value: Double) { schedule.report(value) }
}

extension Optimizer: Restorable {
    private enum Key {
        static let updateCount = "update_count"
        static let stepCount = "step_count"
        static let schedule = "schedule"
    }

    /// The state of all parameters updated so far, `STATE.PARAMETER` and `update_count.PARAMETER`; `step_count` after
    /// the first step by the schedule, and the state of the schedule if it has one.
    public var savedState: SavedState {
        var result = SavedState()
        for slot in slots where slot.updateCount > 0 {
            result.scalars["\(Key.updateCount).\(slot.name)"] = Double(slot.updateCount)
            for (name, tensor) in zip(rule.stateNames, slot.state) {
                result.tensors["\(name).\(slot.name)"] = tensor
            }
        }
        if stepCount > 0 { result.scalars[Key.stepCount] = Double(stepCount) }
        result.add(schedule.savedState, as: Key.schedule)
        return result
    }

    public func restore(_ state: SavedState) throws(SavedStateError) {
        var slots = slots
        var known: Set<String> = [Key.stepCount]
        for index in slots.indices {
            let slot = slots[index]
            let countName = "\(Key.updateCount).\(slot.name)"
            guard state.scalars[countName] != nil else {
                slots[index].state = []
                slots[index].updateCount = 0
                continue
            }
            slots[index].updateCount = try state.count(countName)
            slots[index].state = try tensors(of: slot, in: state)
            known.formUnion(rule.stateNames.map { "\($0).\(slot.name)" } + [countName])
        }
        let stepCount = state.scalars[Key.stepCount] == nil ? 0 : try state.count(Key.stepCount)
        var schedule = schedule
        try schedule.restore(state.part(Key.schedule))
        let scheduleState = schedule.savedState
        for name in [String](scheduleState.tensors.keys) + scheduleState.scalars.keys {
            known.insert("\(Key.schedule).\(name)")
        }
        let names = state.tensors.keys.sorted() + state.scalars.keys.sorted()
        if let foreign = names.first(where: { !known.contains($0) }) {
            throw SavedStateError(
                "optimizer: the saved state holds values for parameters or of an optimizer that are not those of "
                    + "this run: \(foreign)")
        }
        self.slots = slots
        self.stepCount = stepCount
        self.schedule = schedule
    }

    private func tensors(of slot: Slot, in state: SavedState) throws(SavedStateError) -> [Tensor] {
        var result: [Tensor] = []
        for name in rule.stateNames {
            guard let tensor = state.tensors["\(name).\(slot.name)"] else {
                throw SavedStateError(
                    "optimizer: the saved state has no '\(name)' of parameter '\(slot.name)'; it is of another "
                        + "kind of optimizer")
            }
            let expected = TensorSpecification(shape: slot.parameter.shape)
            guard tensor.specification == expected else {
                throw SavedStateError(
                    "optimizer: the saved '\(name)' of parameter '\(slot.name)' is \(tensor.specification), "
                        + "not \(expected)")
            }
            result.append(tensor)
        }
        return result
    }
}
