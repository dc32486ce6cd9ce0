/// Plans a traced calculation while it calculates it for a first input.
private struct CalculationPlanner {
    private typealias Step = PreparedCalculation.Step
    private typealias Source = PreparedCalculation.Source

    private var steps: [Step] = []
    private var values: [Tensor?]
    /// The value whose memory each value looks at: itself, or for a view the one that it was made from.
    private var owners: [Int]
    /// The values beside which a form of them was kept, which must not outlive them.
    private var packed: Set<Int> = []

    init(valueCount: Int) {
        values = [Tensor?](repeating: nil, count: valueCount)
        owners = Array(0..<valueCount)
    }

    static func plan(
        _ trace: Trace, input: Tensor, symbol: Tensor, outputs: [Tensor]
    ) -> (calculation: PreparedCalculation, results: [Tensor]) {
        guard let inputNumber = trace.number(of: symbol) else { trap("PreparedCalculation: an input of another trace") }
        let results: [Source] = outputs.map { output in
            trace.number(of: output).map { .value($0) } ?? .constant(output.detached)
        }
        let kept = results.compactMap(\.number)
        let recorded = trace.steps
        let traced = QuantizedChains.steps(
            recorded, results: kept, valueCount: Self.valueCount(of: recorded, inputNumber))
        var planner = CalculationPlanner(valueCount: Self.valueCount(of: traced, inputNumber))
        planner.values[inputNumber] = input
        let lastUses = Self.lastUses(traced, kept: kept)
        for (index, step) in traced.enumerated() {
            planner.run(step)
            // The memory of the first run is handed back as early as possible, as in one without a plan.
            for number in Set(step.inputs.compactMap { $0 } + step.outputs) where lastUses[number] == index {
                if planner.values[number]?.packedForms.isEmpty == false {
                    planner.packed.insert(planner.owners[number])
                }
                planner.values[number] = nil
                planner.steps[index].released.append(number)
            }
        }
        let first = results.map { $0.constant ?? planner.values[$0.number!]! }
        let byteCount = planner.placeBuffers(lastUses, kept: kept)
        let calculation = PreparedCalculation(
            input: input.specification, inputNumber: inputNumber, steps: planner.steps, results: results,
            valueCount: planner.values.count, workspaceByteCount: byteCount)
        return (calculation, first)
    }

    private static func valueCount(of steps: [Trace.Step], _ inputNumber: Int) -> Int {
        (steps.flatMap(\.outputs) + [inputNumber]).max()! + 1
    }

    /// The last step that reads each value, or makes it where none does; none for a result.
    private static func lastUses(_ steps: [Trace.Step], kept: [Int]) -> [Int: Int] {
        var result: [Int: Int] = [:]
        for (index, step) in steps.enumerated() {
            for number in step.outputs + step.inputs.compactMap({ $0 }) { result[number] = index }
        }
        for number in kept { result[number] = nil }
        return result
    }

    private mutating func run(_ traced: Trace.Step) {
        let sources: [Source] = traced.inputs.enumerated().map { position, number in
            number.map { .value($0) } ?? .constant(traced.constants[position]!)
        }
        let inputs = sources.map { $0.constant ?? values[$0.number!]! }
        var step = Step(
            work: .operation(traced.operation), inputs: sources, outputs: traced.outputs,
            outputSpecifications: traced.outputSpecifications,
            observation: PreparedCalculation.Observation(
                work: ObservedWork(traced.operation, inputs: inputs.map(\.specification)),
                bytes: (inputs.map(\.specification) + traced.outputSpecifications).reduce(0) { $0 + $1.byteCount }))
        if let operation = traced.operation as? any ConvolutionOperation,
            let output = prepare(operation, inputs, sources, &step)
        {
            values[traced.outputs[0]] = output
        } else if let operation = traced.operation as? QuantizedConvolution,
            let output = prepare(operation, inputs, sources, traced.outputSpecifications[0], &step)
        {
            values[traced.outputs[0]] = output
        } else {
            let outputs = calculate(traced, inputs, &step)
            require(
                outputs.map(\.specification) == traced.outputSpecifications,
                "\(traced.operation.name): forward returned \(outputs.map(\.specification)), but its shape rule gives "
                    + "\(traced.outputSpecifications)")
            for (number, output) in zip(traced.outputs, outputs) {
                values[number] = output
                let viewed = zip(inputs, sources).first { $0.0.storage === output.storage }
                if let owner = viewed?.1.number { owners[number] = owners[owner] }
                if viewed != nil, outputs.count == 1 { step.work = .view(traced.operation) }
                if viewed != nil { step.observation.bytes = 0 }
            }
        }
        steps.append(step)
    }

    /// Calculates an operation that no backend prepares.
    private func calculate(_ traced: Trace.Step, _ inputs: [Tensor], _ step: inout Step) -> [Tensor] {
        guard let operation = traced.operation as? any PlacedOperation,
            let writer = operation.writer(for: inputs.map(\.specification))
        else { return traced.operation.outputs(of: inputs) }
        step.work = .writer(writer)
        let outputs = traced.outputSpecifications.map { Tensor(uninitialized: $0.shape, dataType: $0.dataType) }
        writer(inputs, outputs)
        return outputs
    }

    /// Calculates a convolution by constant filters, and lets the backend that takes it prepare it.
    /// - Returns: The output; nil where the filters are calculated.
    private func prepare(
        _ operation: any ConvolutionOperation, _ inputs: [Tensor], _ sources: [Source], _ step: inout Step
    ) -> Tensor? {
        let isResidual = { operation.hasResidual && $0 == inputs.count - 1 }
        let isConstant = sources.indices.dropFirst().allSatisfy { isResidual($0) || sources[$0].constant != nil }
        guard isConstant else { return nil }
        let (weight, bias) = operation.filters(of: inputs)
        let residual = operation.hasResidual ? inputs[inputs.count - 1] : nil
        let call = PreparedCalculation.ConvolutionCall(
            weight: weight, geometry: operation.geometry,
            epilogue: ConvolutionEpilogue(bias: bias, activation: operation.activation))
        var taker: any Backend = BLASBackend()
        let output = Engine.first(call.work(inputs)) { backend in
            let output = call.output(of: inputs[0], residual: residual, by: backend)
            if output != nil { taker = backend }
            return output
        }
        let prepared = taker.preparedConvolution(
            of: inputs[0].specification, weight: weight, geometry: call.geometry, epilogue: call.epilogue,
            addsResidual: operation.hasResidual)
        if let prepared {
            step.work = .convolution(prepared, addsResidual: operation.hasResidual)
        } else {
            step.work = .call(taker, call, addsResidual: operation.hasResidual)
        }
        step.observation.work = call.work(inputs)
        step.observation.backend = taker.name
        step.inputs = operation.hasResidual ? [sources[0], sources[sources.count - 1]] : [sources[0]]
        return output
    }

    /// Calculates a quantized convolution as it is prepared; nil where images are bfloat16.
    private func prepare(
        _ operation: QuantizedConvolution, _ inputs: [Tensor], _ sources: [Source], _ result: TensorSpecification,
        _ step: inout Step
    ) -> Tensor? {
        guard result.dataType != .bfloat16 else { return nil }
        let output = Tensor(uninitialized: result.shape, dataType: result.dataType)
        let prepared = operation.prepared(inputs[0].specification, inputs)
        let addsResidual = operation.residual != nil
        prepared.run(inputs[0], residual: addsResidual ? inputs[4] : nil, into: output)
        step.work = .convolution(prepared, addsResidual: addsResidual)
        step.inputs = addsResidual ? [sources[0], sources[4]] : [sources[0]]
        return output
    }

    /// Places the outputs of convolutions and writers that are no results.
    /// - Returns: The size of the memory for them.
    private mutating func placeBuffers(_ lastUses: [Int: Int], kept: [Int]) -> Int {
        // A value lives as long as the last view of it.
        var lastViews: [Int: Int] = [:]
        for (number, owner) in owners.enumerated() {
            guard let last = lastUses[number] else { continue }
            lastViews[owner] = max(lastViews[owner] ?? last, last)
        }
        let apart = packed.union(kept.map { owners[$0] })
        var placed: [(step: Int, request: BufferPlan.Request)] = []
        for (index, step) in steps.enumerated() where step.isPlaceable && apart.isDisjoint(with: step.outputs) {
            for (number, specification) in zip(step.outputs, step.outputSpecifications) {
                let last = lastViews[number] ?? index
                placed.append(
                    (index, BufferPlan.Request(byteCount: specification.byteCount, steps: index...max(last, index))))
            }
        }
        let plan = BufferPlan(placed.map(\.request))
        for (buffer, offset) in zip(placed, plan.offsets) {
            steps[buffer.step].offsets = (steps[buffer.step].offsets ?? []) + [offset]
        }
        return plan.byteCount
    }
}

extension PreparedCalculation.Step {
    /// Whether its outputs can be anywhere.
    fileprivate var isPlaceable: Bool {
        switch work {
        case .convolution, .writer: true
        case .operation, .view, .call: false
        }
    }
}

extension PreparedCalculation.Source {
    var number: Int? { if case .value(let number) = self { number } else { nil } }
    var constant: Tensor? { if case .constant(let tensor) = self { tensor } else { nil } }
}

extension PreparedCalculation {
    /// Traces a function of shapes, plans it, and calculates it for a first input.
    ///
    /// Normalizations that `function` applies to convolutions by running statistics are multiplied into the filters, as
    /// outside of a plan. Tensors that are not calculated from the input are constants, with the values they have now.
    /// - Parameters:
    ///   - input: The first input; others look alike.
    ///   - function: The calculation, which does not depend on values.
    /// - Returns: The plan and the first results.
    /// - Throws: `ShapeError` for an input that does not fit.
    public static func planned(
        for input: Tensor, _ function: (Tensor) -> [Tensor]
    ) throws(ShapeError) -> (calculation: PreparedCalculation, results: [Tensor]) {
        let trace = Trace(foldsNormalizations: true)
        let symbol = trace.input(input.specification)
        let outputs = withoutGradients { function(symbol) }
        try trace.check()
        return withoutGradients {
            CalculationPlanner.plan(trace, input: input.detached, symbol: symbol, outputs: outputs)
        }
    }

    /// The most bytes that an operation of a function reads and writes, without its constants.
    /// - Throws: `ShapeError` for an input that does not fit.
    public static func largestFootprint(
        for input: TensorSpecification, _ function: (Tensor) -> [Tensor]
    ) throws(ShapeError) -> Int {
        let trace = Trace(foldsNormalizations: true)
        let symbol = trace.input(input)
        withExtendedLifetime(trace) { withoutGradients { _ = function(symbol) } }
        try trace.check()
        return trace.steps.map { step in
            let inputs = zip(step.inputs, step.inputSpecifications).filter { $0.0 != nil }.map(\.1)
            return (inputs + step.outputSpecifications).reduce(0) { $0 + $1.byteCount }
        }.max() ?? 0
    }
}
