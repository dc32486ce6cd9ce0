import NNLayers

/// Changes the parameters of a network against their gradients, by an ``UpdateRule``.
///
/// ```swift
/// let optimizer = try Optimizer(
///     SGD(momentum: 0.9, nesterov: true), parameters: ModuleTree(network).parameters,
///     learningRate: 0.1, weightDecay: 5e-4)
/// var gradients = loss.backward()
/// optimizer.step(&gradients, learningRate: schedule.learningRate(at: step))
/// ```
public final class Optimizer {
    /// A parameter with all that belongs to it.
    private struct Slot {
        let name: String
        let parameter: Parameter
        let learningRateFactor: Double
        let weightDecay: Double
        var state: [Tensor] = []
        var updateCount = 0
    }

    public let rule: any UpdateRule
    /// The learning rate that schedules start from.
    public let baseLearningRate: Double
    private var slots: [Slot]

    /// - Parameters:
    ///   - decaysNormsAndBiases: Whether weight decay also applies to parameters of rank 1 or less:
    ///     biases, and scales and offsets of norms.
    ///   - groups: Exceptions; the first that matches a parameter's name counts. A weight decay that a
    ///     group states applies to every parameter of it.
    /// - Throws: ``ParameterGroupError`` if a group matches no parameter.
    public init(
        _ rule: any UpdateRule, parameters: [(name: String, parameter: Parameter)], learningRate: Double,
        weightDecay: Double = 0, decaysNormsAndBiases: Bool = true, groups: [ParameterGroup] = []
    ) throws(ParameterGroupError) {
        requireOptions("Optimizer") {
            try Self.check(learningRate: learningRate, weightDecay: weightDecay)
            for group in groups { try group.validate() }
        }
        for group in groups where !parameters.contains(where: { group.matches($0.name) }) {
            throw ParameterGroupError(pattern: group.pattern, parameterNames: parameters.map(\.name))
        }
        self.rule = rule
        baseLearningRate = learningRate
        slots = parameters.map { name, parameter in
            let group = groups.first { $0.matches(name) }
            let decays = decaysNormsAndBiases || parameter.shape.rank > 1
            return Slot(
                name: name, parameter: parameter, learningRateFactor: group?.lrFactor ?? 1,
                weightDecay: group?.weightDecay ?? (decays ? weightDecay : 0))
        }
    }

    /// What configurations and initializers refuse alike.
    static func check(learningRate: Double, weightDecay: Double) throws(OptionError) {
        try OptionError.check("lr", learningRate, .positive)
        try OptionError.check("weight_decay", weightDecay, .notNegative)
    }

    /// Changes every parameter that is trainable and has a gradient, and uses the gradients up.
    ///
    /// Some parameters may have none, such as those of a branch that was not taken. Where none of those that are
    /// trainable has one it traps: the gradients are of another network, or an earlier step used them up.
    /// - Parameters:
    ///   - learningRate: 0 or more.
    ///   - gradientScale: The factor of all gradients before clipping; 1 / n makes the mean of n
    ///     accumulated batches.
    /// - Returns: The norm of all scaled gradients before clipping, if clipping by norm is asked for.
    ///   If it is not finite nothing has been changed.
    @discardableResult
    public func step(
        _ gradients: inout Gradients, learningRate: Double, gradientScale: Double = 1,
        clipping: GradientClipping = .none
    ) -> Double? {
        require(learningRate, .notNegative, "Optimizer.step: the learning rate")
        let trainable = slots.filter(\.parameter.isTrainable)
        require(
            trainable.isEmpty || trainable.contains { $0.parameter.gradient(in: gradients) != nil },
            "Optimizer.step: there is a gradient by none of the \(trainable.count) parameters, such as "
                + "'\(trainable.first?.name ?? "")'; are they of another network, or used up by an earlier step?")
        var scale = gradientScale
        var norm: Double?
        if let limit = clipping.norm {
            let found = gradientNorm(gradients) * gradientScale
            guard found.isFinite else { return found }
            if found > limit { scale *= limit / found }
            norm = found
        }
        let adjustment = GradientAdjustment(scale: Float(scale), limit: clipping.value.map { Float($0) } ?? .infinity)
        for index in slots.indices where slots[index].parameter.isTrainable {
            guard let gradient = slots[index].parameter.takeGradient(from: &gradients) else { continue }
            update(&slots[index], gradient: gradient, adjustment: adjustment, learningRate: learningRate)
        }
        return norm
    }

    private func update(
        _ slot: inout Slot, gradient: Tensor, adjustment: GradientAdjustment, learningRate: Double
    ) {
        if slot.updateCount == 0 { slot.state = rule.stateNames.map { _ in .zeros(slot.parameter.shape) } }
        slot.updateCount += 1
        let update = ParameterUpdate(
            gradient: gradient, adjustment: adjustment, learningRate: learningRate * slot.learningRateFactor,
            weightDecay: slot.weightDecay, number: slot.updateCount)
        slot.parameter.update { rule.update(&$0, state: &slot.state, with: update) }
    }

    /// The Euclidean norm of the gradients by all trainable parameters together.
    public func gradientNorm(_ gradients: Gradients) -> Double {
        var sum = 0.0
        for slot in slots where slot.parameter.isTrainable {
            if let gradient = slot.parameter.gradient(in: gradients) { sum += gradient.sumOfSquares }
        }
        return sum.squareRoot()
    }
}

extension Optimizer: Restorable {
    private static let countName = "update_count"

    /// `STATE.PARAMETER` tensors and `update_count.PARAMETER` numbers of the parameters updated so far.
    public var savedState: SavedState {
        var result = SavedState()
        for slot in slots where slot.updateCount > 0 {
            result.scalars["\(Self.countName).\(slot.name)"] = Double(slot.updateCount)
            for (name, tensor) in zip(rule.stateNames, slot.state) {
                result.tensors["\(name).\(slot.name)"] = tensor
            }
        }
        return result
    }

    public func restore(_ state: SavedState) throws(SavedStateError) {
        var restored = slots
        var used = 0
        for index in restored.indices {
            let slot = restored[index]
            let countName = "\(Self.countName).\(slot.name)"
            guard state.scalars[countName] != nil else {
                restored[index].state = []
                restored[index].updateCount = 0
                continue
            }
            restored[index].updateCount = try state.count(countName)
            restored[index].state = try tensors(of: slot, in: state)
            used += 1 + rule.stateNames.count
        }
        guard used == state.tensors.count + state.scalars.count else {
            throw SavedStateError(
                "optimizer: the saved state holds values for parameters or of an optimizer that are not those of "
                    + "this run: \(foreignName(in: state) ?? "?"). Resume with the configuration of the run.")
        }
        slots = restored
    }

    private func tensors(of slot: Slot, in state: SavedState) throws(SavedStateError) -> [Tensor] {
        var result: [Tensor] = []
        for name in rule.stateNames {
            guard let tensor = state.tensors["\(name).\(slot.name)"] else {
                throw SavedStateError(
                    "optimizer: the saved state has no '\(name)' of parameter '\(slot.name)'; it is of another "
                        + "kind of optimizer. Resume with the configuration of the run.")
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

    private func foreignName(in state: SavedState) -> String? {
        let known = Set(
            slots.flatMap { slot in (rule.stateNames + [Self.countName]).map { "\($0).\(slot.name)" } })
        return (state.tensors.keys.sorted() + state.scalars.keys.sorted()).first { !known.contains($0) }
    }
}
