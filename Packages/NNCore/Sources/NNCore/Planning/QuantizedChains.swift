/// Keeps what quantized convolutions read as bytes, in the steps of a trace.
///
/// A result that only quantized convolutions read, as images or as residuals, is rounded by the convolution that makes it,
/// or once after another operation. The results are those of the steps before, to the bit.
struct QuantizedChains {
    private(set) var steps: [Trace.Step] = []
    private var valueCount: Int
    private let uses: [Int: Use]
    /// The numbers of values in bytes.
    private var bytes: [Form: Int] = [:]

    private struct Form: Hashable {
        let value: Int
        let quantization: AffineQuantization
    }

    /// How a value is read.
    private struct Use {
        var forms: Set<AffineQuantization> = []
        var isReadAsFloat = false
    }

    /// - Parameters:
    ///   - traced: The steps.
    ///   - results: The numbers of the values that are asked for.
    ///   - valueCount: One more than the largest number of a value.
    static func steps(_ traced: [Trace.Step], results: [Int], valueCount: Int) -> [Trace.Step] {
        guard traced.contains(where: { $0.operation is QuantizedConvolution }) else { return traced }
        var chains = QuantizedChains(uses: uses(of: traced, results: results), valueCount: valueCount)
        for step in traced { chains.add(step) }
        return chains.steps
    }

    private init(uses: [Int: Use], valueCount: Int) {
        self.uses = uses
        self.valueCount = valueCount
    }

    private static func uses(of steps: [Trace.Step], results: [Int]) -> [Int: Use] {
        var uses: [Int: Use] = [:]
        for step in steps {
            let forms = roundedInputs(of: step)
            for (position, number) in step.inputs.enumerated() {
                guard let number else { continue }
                if let form = forms[position] {
                    uses[number, default: Use()].forms.insert(form)
                } else {
                    uses[number, default: Use()].isReadAsFloat = true
                }
            }
        }
        for number in results { uses[number, default: Use()].isReadAsFloat = true }
        return uses
    }

    /// The inputs that a step rounds, by position: those that are float32 and calculated.
    private static func roundedInputs(of step: Trace.Step) -> [Int: AffineQuantization] {
        guard let operation = step.operation as? QuantizedConvolution, step.inputs[0] != nil,
            step.inputSpecifications[0].dataType == .float32
        else { return [:] }
        var result = [0: operation.images]
        if let residual = operation.residual, step.inputs[4] != nil { result[4] = residual }
        return result
    }

    private mutating func add(_ step: Trace.Step) {
        let forms = Self.roundedInputs(of: step)
        guard let operation = step.operation as? QuantizedConvolution, !forms.isEmpty else { return steps.append(step) }
        var (inputs, specifications) = (step.inputs, step.inputSpecifications)
        for (position, form) in forms.sorted(by: { $0.key < $1.key }) {
            inputs[position] = number(of: inputs[position]!, in: form, looksLike: specifications[position])
            specifications[position].dataType = .uint8
        }
        var rounded = operation
        var results = step.outputSpecifications
        let output = step.outputs[0]
        if let use = uses[output], use.forms.count == 1, !use.isReadAsFloat {
            rounded.output = use.forms.first
            bytes[Form(value: output, quantization: use.forms.first!)] = output
            results[0].dataType = .uint8
        }
        steps.append(
            Trace.Step(
                operation: rounded, inputs: inputs, inputSpecifications: specifications, outputs: step.outputs,
                outputSpecifications: results, multiplyAccumulates: step.multiplyAccumulates,
                constants: step.constants, isTracked: step.isTracked))
    }

    /// The number of a value in bytes, which is rounded now where it was not before.
    private mutating func number(
        of value: Int, in form: AffineQuantization, looksLike specification: TensorSpecification
    ) -> Int {
        let key = Form(value: value, quantization: form)
        if let known = bytes[key] { return known }
        let number = valueCount
        valueCount += 1
        bytes[key] = number
        steps.append(
            Trace.Step(
                operation: Quantize(quantization: form), inputs: [value], inputSpecifications: [specification],
                outputs: [number],
                outputSpecifications: [TensorSpecification(shape: specification.shape, dataType: .uint8)],
                multiplyAccumulates: 0, constants: [:], isTracked: false))
        return number
    }
}
