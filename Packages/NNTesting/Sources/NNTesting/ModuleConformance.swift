import NNLayers

/// Checks the properties that every layer must have, on a random input.
///
/// - Names in the state dictionary are unique.
/// - The shapes and types of symbolic and real runs agree, in training and inference, float32 and bfloat16.
/// - Inference is deterministic and does not change the layer; a sample alone has the same output as in a batch.
/// - The state dictionary can be loaded, and then gives the same outputs.
/// - In training every parameter receives a gradient, and gradients agree with finite differences.
///
/// ```swift
/// @Test func scale() throws { try checkLayer(Scale(channels: 3), input: [2, 5, 7, 3]) }
/// ```
///
/// - Parameters:
///   - layer: Initialized with random values if it has none.
///   - input: The shape of the input, `[N, ...]` with N of 2 or more.
///   - gradientTolerance: The tolerance as a fraction of the gradient's length.
///   - treatsSamplesAlone: Whether the samples of a batch are independent in inference.
/// - Throws: ``CheckFailure`` with all findings.
public func checkLayer(
    _ layer: any Layer, input: Shape, gradientTolerance: Double = 2e-4, treatsSamplesAlone: Bool = true
) throws {
    let values = Tensor.normal(input, mean: 0, standardDeviation: 1, key: RandomKey(seed: 0))
    var conformance = ModuleConformance(layer, inputs: [values]) { [layer($0[0], $1)] }
    conformance.treatsSamplesAlone = treatsSamplesAlone
    var findings = Findings(layer.typeName)
    try conformance.check(&findings)
    var check = GradientCheck()
    check.tolerance = gradientTolerance
    try conformance.checkGradients(&findings, check: check)
    try findings.check()
}

/// Runs a module in the way of its protocol.
typealias ModuleRun = ([Tensor], Context) -> [Tensor]

/// Checks the properties that every kind of module must have, on a batch of two or more.
struct ModuleConformance {
    let module: any Module
    let tree: ModuleTree
    /// `[N, ...]`, float32 or integers.
    let inputs: [Tensor]
    let run: ModuleRun
    /// Whether the first dimension of every output is the batch, and its samples are independent.
    var treatsSamplesAlone = true

    init(_ module: any Module, inputs: [Tensor], run: @escaping ModuleRun) {
        self.module = module
        self.inputs = inputs
        self.run = run
        tree = ModuleTree(module)
        if tree.parameters.contains(where: { !$0.parameter.isInitialized }) {
            module.initialize(key: RandomKey(seed: 1))
        }
    }

    private func inference(_ inputs: [Tensor]) -> [Tensor] {
        withoutGradients { run(inputs, .inference()) }
    }

    /// Runs a closure that changes the module's values, and restores them.
    private func restoring(_ body: () throws -> Void) throws {
        let state = module.stateDictionary
        defer { _ = try? module.load(state) }
        try body()
    }

    func check(_ findings: inout Findings) throws {
        checkNames(&findings)
        checkShapes(&findings)
        try checkRepetition(&findings)
        if treatsSamplesAlone { try checkSingleSamples(&findings) }
        try checkStateDictionary(&findings)
        try checkGradientsReachParameters(&findings)
    }

    /// Names are unique.
    private func checkNames(_ findings: inout Findings) {
        let names = tree.parameters.map(\.name) + tree.buffers.map(\.name)
        let repeated = Dictionary(grouping: names) { $0 }.filter { $1.count > 1 }.keys.sorted()
        findings.expect(repeated.isEmpty, "several values are named \(repeated.joined(separator: ", "))")
    }

    /// Symbolic and real runs have outputs of the same shapes and types, in every mode.
    private func checkShapes(_ findings: inout Findings) {
        for isTraining in [false, true] {
            for precision in Precision.allCases {
                let mode = "\(isTraining ? "training" : "inference") in \(precision.rawValue)"
                let inputs = inputs.map { $0.dataType == .float32 ? $0.cast(to: precision.dataType) : $0 }
                let before = module.stateDictionary
                let results = withoutGradients {
                    run(inputs, Context(training: isTraining, precision: precision, random: RandomKey(seed: 0))).map(
                        \.specification)
                }
                _ = try? module.load(before)
                let trace = Trace()
                let symbols = inputs.map { trace.input($0.specification) }
                let symbolic = run(
                    symbols, Context(training: isTraining, precision: precision, random: RandomKey(seed: 0)))
                if let failure = trace.failure {
                    findings.add("the symbolic run fails in \(mode), unlike the real one: \(failure)")
                    continue
                }
                findings.expect(
                    symbolic.map(\.specification) == results,
                    "in \(mode), the symbolic run returns \(symbolic.map(\.specification)), the real one \(results)")
                findings.expect(
                    symbolic.allSatisfy(\.isSymbolic), "an output of the symbolic run does not depend on the input")
            }
        }
    }

    /// Inference is deterministic, and does not change the module.
    private func checkRepetition(_ findings: inout Findings) throws {
        let before = module.stateDictionary
        let first = inference(inputs)
        let second = inference(inputs)
        try findings.collect("a second inference has a different output") {
            for (one, other) in zip(first, second) { try checkEqual(other, one) }
        }
        try findings.collect("inference changes the module") {
            for entry in module.stateDictionary.entries {
                try checkEqual(entry.tensor, before[entry.name]!, entry.name)
            }
        }
    }

    /// In inference a sample alone has the same output as in a batch.
    private func checkSingleSamples(_ findings: inout Findings) throws {
        let single = inference(inputs.map { $0.slice(axis: 0, range: 0..<1) })
        try findings.collect("a sample alone has a different output than in a batch") {
            for (one, all) in zip(single, inference(inputs)) {
                let expected = all.slice(axis: 0, range: 0..<1)
                let scale = rootMeanSquare(expected.floats)
                try checkClose(one, expected, relative: 1e-4, absolute: 1e-4 * scale)
            }
        }
    }

    /// A state dictionary that is loaded into changed values restores the outputs.
    private func checkStateDictionary(_ findings: inout Findings) throws {
        let state = module.stateDictionary
        let expected = inference(inputs)
        for (_, parameter) in tree.parameters { parameter.value = .full(parameter.shape, value: 0.25) }
        for (_, buffer) in tree.buffers {
            buffer.wrappedValue = .ones(buffer.wrappedValue.shape, dataType: buffer.wrappedValue.dataType)
        }
        do {
            try module.load(state)
        } catch {
            findings.add("its own state dictionary cannot be loaded: \(error)")
        }
        try findings.collect("a loaded state dictionary has a different output") {
            for (one, other) in zip(inference(inputs), expected) { try checkEqual(one, other) }
        }
    }

    /// In training every parameter receives a gradient that is finite and not zero everywhere.
    private func checkGradientsReachParameters(_ findings: inout Findings) throws {
        try restoring {
            // A parameter that starts at zero, such as the last scale of a residual branch, would block the gradients of
            // those before it.
            for (index, (_, parameter)) in tree.parameters.enumerated()
            where parameter.value.floats.allSatisfy({ $0 == 0 }) {
                parameter.value = .normal(
                    parameter.shape, mean: 0, standardDeviation: 0.1,
                    key: RandomKey(seed: 2).derived(UInt64(index)))
            }
            let run = { self.run(inputs, Context(training: true, random: RandomKey(seed: 0))) }
            let weights = withoutGradients(run).enumerated().map { index, output -> Tensor? in
                guard output.dataType.isFloatingPoint else { return nil }
                return .normal(
                    output.shape, mean: 0, standardDeviation: 1, key: RandomKey(seed: 3).derived(UInt64(index)))
            }
            let gradients = gradientsOfWeightedSum(weights, of: run)
            for (name, parameter) in tree.parameters where parameter.isTrainable {
                guard let gradient = parameter.gradient(in: gradients)?.floats else {
                    findings.add("no gradient reaches the parameter \(name)")
                    continue
                }
                findings.expect(gradient.allSatisfy(\.isFinite), "the gradient of \(name) is not finite")
                findings.expect(gradient.contains { $0 != 0 }, "the gradient of \(name) is zero everywhere")
            }
        }
    }

    /// Gradients with respect to inputs and parameters agree with finite differences.
    func checkGradients(_ findings: inout Findings, check: GradientCheck) throws {
        let positions = inputs.indices.filter { inputs[$0].dataType.isFloatingPoint }
        let parameters = tree.parameters.filter(\.parameter.isTrainable)
        /// Sets the parameters, and returns the inputs.
        func set(_ values: [Tensor]) -> [Tensor] {
            for (value, (_, parameter)) in zip(values.dropFirst(positions.count), parameters) {
                parameter.value = value
            }
            var inputs = inputs
            for (position, value) in zip(positions, values) { inputs[position] = value }
            return inputs
        }
        let function = DifferentiableFunction(
            names: positions.map { "input \($0)" } + parameters.map { "the parameter \($0.name)" },
            values: positions.map { inputs[$0] } + parameters.map(\.parameter.value),
            evaluate: { values in
                withoutGradients { run(set(values), Context(training: true, random: RandomKey(seed: 0))) }
            },
            gradients: { values, weights in
                var inputs = set(values)
                for position in positions { inputs[position] = inputs[position].requiringGradient() }
                let gradients = gradientsOfWeightedSum(weights) {
                    run(inputs, Context(training: true, random: RandomKey(seed: 0)))
                }
                return positions.map { gradients[inputs[$0]] } + parameters.map { $0.parameter.gradient(in: gradients) }
            })
        try restoring { try findings.collect("gradients") { try check.check("finite differences", function) } }
    }
}
