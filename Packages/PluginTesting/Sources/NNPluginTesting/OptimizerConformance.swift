import NNLayers
import NNOptimizers
import NNTesting

/// Checks what every update rule has to meet.
///
/// - What it remembers has names, all different.
/// - An update is a pure function of the parameter, the state and the gradient; it keeps shapes and types, and is finite
///   for large gradients.
/// - The first update goes against the gradient.
/// - Without a gradient and weight decay the first update changes nothing; with a learning rate of 0, none does.
/// - An optimizer with the rule meets ``checkOptimizer(steps:_:)``.
///
/// - Parameters:
///   - learningRate: One with which the rule goes a distance of 1 in `steps`.
///   - steps: The number of steps on a quadratic function.
/// - Throws: ``CheckFailure`` with all findings.
public func checkUpdateRule(_ rule: any UpdateRule, learningRate: Double = 0.02, steps: Int = 200) throws {
    var findings = Findings(String(describing: type(of: rule)))
    let names = rule.stateNames
    findings.expect(!names.contains(""), "a tensor of its state has no name")
    findings.expect(Set(names).count == names.count, "several tensors of its state have the same name: \(names)")
    for shape: Shape in [[7], [3, 2], [2, 3, 3, 3]] {
        checkUpdates(of: rule, shape, learningRate: learningRate, &findings)
    }
    try findings.collect("as an optimizer") {
        try checkOptimizer(steps: steps) { Optimizer(rule, $0, learningRate: learningRate) }
    }
    try findings.check()
}

/// Checks what every optimizer has to meet.
///
/// - It descends on a quadratic function.
/// - A new one that is restored from the saved state goes on to the same bits.
/// - A parameter without a gradient, and a frozen one, stay as they are; with a learning rate of 0, all do.
/// - The state of another part is refused, and changes nothing.
///
/// - Parameters:
///   - steps: The number of steps after which the quadratic function, which starts at a distance of about 1 from its
///     minimum in each coordinate, is to be less than half of what it was.
///   - make: Makes a new optimizer of some parameters, with its own schedule.
/// - Throws: ``CheckFailure`` with all findings, and what `make` throws.
public func checkOptimizer(
    steps: Int = 200, _ make: (_ parameters: [(name: String, parameter: Parameter)]) throws -> Optimizer
) throws {
    let descent = QuadraticProblem()
    let optimizer = try make(descent.parameters)
    var findings = Findings("\(type(of: optimizer)) with \(type(of: optimizer.rule))")
    let initial = descent.loss.item
    for _ in 0..<steps { try optimizer.step(descent.loss.backward()) }
    let final = descent.loss.item
    findings.expect(
        final < initial / 2, "a quadratic function of \(initial) is \(final) after \(steps) steps")

    try checkRestoring(make, &findings)
    try checkUntouched(make, &findings)
    try findings.check()
}

private func checkUpdates(
    of rule: any UpdateRule, _ shape: Shape, learningRate: Double, _ findings: inout Findings
) {
    func normal(_ seed: UInt64) -> Tensor { .normal(shape, key: RandomKey(seed: seed)) }
    func update(_ gradient: Tensor, rate: Double, decay: Double = 0) -> (value: Tensor, state: [Tensor]) {
        var (value, state) = (normal(1), rule.stateNames.map { _ in Tensor.zeros(shape) })
        for number in 1...2 {
            let step = ParameterUpdate(gradient: gradient, learningRate: rate, weightDecay: decay, number: number)
            rule.update(&value, state: &state, with: step)
            guard value.specification == TensorSpecification(shape: shape),
                state.map(\.specification) == rule.stateNames.map({ _ in TensorSpecification(shape: shape) })
            else { break }
        }
        return (value, state)
    }
    let (before, gradient) = (normal(1), normal(2))
    let first = update(gradient, rate: learningRate)
    guard first.value.specification == before.specification else {
        return findings.add("a parameter \(shape) becomes \(first.value.specification)")
    }
    guard first.state.map(\.specification) == rule.stateNames.map({ _ in before.specification }) else {
        return findings.add(
            "the state of a parameter \(shape) becomes \(first.state.map(\.specification)) for the names "
                + "\(rule.stateNames)")
    }
    let second = update(gradient, rate: learningRate)
    findings.expect(
        first.value.floats == second.value.floats && first.state.map(\.floats) == second.state.map(\.floats),
        "the same update of a parameter \(shape) has another result the second time")
    let change = zip(first.value.floats, before.floats).map { Double($0) - Double($1) }
    findings.expect(
        zip(change, gradient.floats).reduce(0) { $0 + $1.0 * Double($1.1) } < 0,
        "the first updates of a parameter \(shape) do not go against the gradient")
    let large = update(gradient * 1e6, rate: learningRate)
    findings.expect(
        ([large.value] + large.state).allSatisfy { $0.floats.allSatisfy(\.isFinite) },
        "a parameter \(shape) is not finite after large gradients")
    findings.expect(
        update(.zeros(shape), rate: learningRate).value.floats == before.floats,
        "a parameter \(shape) changes without a gradient and weight decay")
    findings.expect(
        update(gradient, rate: 0, decay: 0.1).value.floats == before.floats,
        "a parameter \(shape) changes with a learning rate of 0")
}

private typealias MakeOptimizer = ([(name: String, parameter: Parameter)]) throws -> Optimizer

private func checkRestoring(_ make: MakeOptimizer, _ findings: inout Findings) throws {
    let original = QuadraticProblem()
    let optimizer = try make(original.parameters)
    for _ in 0..<3 { try optimizer.step(original.loss.backward()) }

    let resumed = QuadraticProblem()
    resumed.values = original.values
    let restored = try make(resumed.parameters)
    do {
        try restored.restore(optimizer.savedState)
    } catch {
        return findings.add("its own saved state cannot be restored: \(error)")
    }
    for _ in 0..<3 {
        try optimizer.step(original.loss.backward())
        try restored.step(resumed.loss.backward())
    }
    findings.expect(
        original.values.map(\.floats) == resumed.values.map(\.floats),
        "one that is restored from the saved state goes on to other values")

    let before = optimizer.savedState
    do {
        try optimizer.restore(SavedState(scalars: ["of_another_part": 1]))
        findings.add("the saved state of another part is taken")
    } catch {
        let after = optimizer.savedState
        findings.expect(
            after.scalars == before.scalars && after.tensors.mapValues(\.floats) == before.tensors.mapValues(\.floats),
            "a state that it refuses changes it")
    }
}

private func checkUntouched(_ make: MakeOptimizer, _ findings: inout Findings) throws {
    let problem = QuadraticProblem()
    let optimizer = try make(problem.parameters)
    let before = problem.values.map(\.floats)
    try optimizer.step(problem.loss.backward(), learningRate: 0)
    findings.expect(problem.values.map(\.floats) == before, "parameters change with a learning rate of 0")

    try optimizer.step(problem.loss(of: 0).backward())
    findings.expect(problem.values[1].floats == before[1], "a parameter without a gradient changes")
    findings.expect(problem.values[0].floats != before[0], "a parameter with a gradient does not change")

    let between = problem.values.map(\.floats)
    problem.parameters[0].parameter.isTrainable = false
    try optimizer.step(problem.loss.backward())
    findings.expect(problem.values[0].floats == between[0], "a frozen parameter changes")
}

/// A quadratic function of two parameters, with curvatures from 0.5 to 2.
private final class QuadraticProblem {
    let parameters: [(name: String, parameter: Parameter)]
    private let targets: [Tensor]
    private let curvatures: [Tensor]

    init() {
        let shapes: [Shape] = [[4, 3], [5]]
        let key = RandomKey(seed: 3)
        targets = shapes.map { .normal($0, key: key.derived("targets").derived($0.rank)) }
        curvatures = shapes.map { .uniform($0, in: 0.5..<2, key: key.derived("curvatures").derived($0.rank)) }
        let signs = shapes.map { Tensor.normal($0, key: key.derived("start").derived($0.rank)).sign() }
        parameters = zip(["weight", "scale"], zip(targets, signs)).map { name, start in
            (name, Parameter(wrappedValue: start.0 + start.1))
        }
    }

    var loss: Tensor { loss(of: 0) + loss(of: 1) }

    func loss(of index: Int) -> Tensor {
        ((parameters[index].parameter.wrappedValue - targets[index]).squared() * curvatures[index]).sum()
    }

    var values: [Tensor] {
        get { parameters.map(\.parameter.value) }
        set { for (value, (_, parameter)) in zip(newValue, parameters) { parameter.value = value } }
    }
}
