import NNLayers

/// Runs a module on inputs, in whatever way its protocol says; results without a value are left out.
typealias ModuleRun = ([Tensor], Context) -> [Tensor]

/// A module with inputs of a batch of two or more: what every kind of module has to stand.
struct ModuleConformance {
    let module: any Module
    let tree: ModuleTree
    /// `[N, ...]`, float32 or integers.
    let inputs: [Tensor]
    let run: ModuleRun
    /// Whether each result has the batch as its first dimension, each sample calculated alone.
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

    /// Does something to the module's values, and puts the former ones back.
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

    /// No two values have the same name.
    private func checkNames(_ findings: inout Findings) {
        let names = tree.parameters.map(\.name) + tree.buffers.map(\.name)
        let repeated = Dictionary(grouping: names) { $0 }.filter { $1.count > 1 }.keys.sorted()
        findings.expect(repeated.isEmpty, "several values are called \(repeated.joined(separator: ", "))")
    }

    /// A symbolic run gives the shapes and types that a real one gives, in every mode.
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
                    findings.add("the symbolic run fails in \(mode), the real one does not: \(failure)")
                    continue
                }
                findings.expect(
                    symbolic.map(\.specification) == results,
                    "the symbolic run gives \(symbolic.map(\.specification)) in \(mode), the real one \(results)")
                findings.expect(
                    symbolic.allSatisfy(\.isSymbolic), "a result of the symbolic run does not follow from the input")
            }
        }
    }

    /// Inference has no memory, and leaves the module as it was.
    private func checkRepetition(_ findings: inout Findings) throws {
        let before = module.stateDictionary
        let first = inference(inputs)
        let second = inference(inputs)
        try findings.collect("a second inference gives other values") {
            for (one, other) in zip(first, second) { try checkEqual(other, one) }
        }
        try findings.collect("inference changes the module") {
            for entry in module.stateDictionary.entries {
                try checkEqual(entry.tensor, before[entry.name]!, entry.name)
            }
        }
    }

    /// In inference a sample on its own gives what it gives in a batch.
    private func checkSingleSamples(_ findings: inout Findings) throws {
        let single = inference(inputs.map { $0.slice(axis: 0, range: 0..<1) })
        try findings.collect("a batch of one gives other values than a larger batch") {
            for (one, all) in zip(single, inference(inputs)) {
                let expected = all.slice(axis: 0, range: 0..<1)
                let scale = rootMeanSquare(expected.floats)
                try checkClose(one, expected, relative: 1e-4, absolute: 1e-4 * scale)
            }
        }
    }

    /// Saving, changing and loading gives the same results.
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
        try findings.collect("a loaded state dictionary gives other results") {
            for (one, other) in zip(inference(inputs), expected) { try checkEqual(one, other) }
        }
    }

    /// In training every parameter gets a gradient that is finite and somewhere not zero.
    private func checkGradientsReachParameters(_ findings: inout Findings) throws {
        try restoring {
            // A parameter that starts at zero, such as the last scale of a residual branch, would hide
            // those behind it.
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

    /// Gradients by the inputs and parameters agree with finite differences.
    func checkGradients(_ findings: inout Findings, check: GradientCheck) throws {
        let places = inputs.indices.filter { inputs[$0].dataType.isFloatingPoint }
        let parameters = tree.parameters.filter(\.parameter.isTrainable)
        /// Puts the values in place, and gives the inputs.
        func set(_ values: [Tensor]) -> [Tensor] {
            for (value, (_, parameter)) in zip(values.dropFirst(places.count), parameters) { parameter.value = value }
            var inputs = inputs
            for (place, value) in zip(places, values) { inputs[place] = value }
            return inputs
        }
        let function = DifferentiableFunction(
            names: places.map { "input \($0)" } + parameters.map { "the parameter \($0.name)" },
            values: places.map { inputs[$0] } + parameters.map(\.parameter.value),
            evaluate: { values in
                withoutGradients { run(set(values), Context(training: true, random: RandomKey(seed: 0))) }
            },
            gradients: { values, weights in
                var inputs = set(values)
                for place in places { inputs[place] = inputs[place].requiringGradient() }
                let gradients = gradientsOfWeightedSum(weights) {
                    run(inputs, Context(training: true, random: RandomKey(seed: 0)))
                }
                return places.map { gradients[inputs[$0]] } + parameters.map { $0.parameter.gradient(in: gradients) }
            })
        try restoring { try findings.collect("gradients") { try check.check("finite differences", function) } }
    }
}

/// Checks what every layer has to stand, on an input of your choice.
///
/// - The symbolic run gives the shapes and types of the real one, in training and inference, fp32 and bf16.
/// - Inference gives the same values again and changes nothing; a sample alone gives what it gives in a batch.
/// - Its state dictionary can be loaded and gives the same results.
/// - In training every parameter gets a gradient, and gradients agree with finite differences.
///
/// ```swift
/// @Test func scale() throws { try checkLayer(Scale(channels: 3), input: [2, 5, 7, 3]) }
/// ```
///
/// - Parameters:
///   - input: The shape of the input, `[N, ...]` with N of 2 or more.
///   - gradientTolerance: The allowed error as a part of the gradient's length.
///   - treatsSamplesAlone: Whether each sample of a batch is calculated without the others in inference.
/// - Throws: ``CheckFailure`` with all that is wrong.
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
