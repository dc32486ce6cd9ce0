import NNCore

/// The operands of a convolution and its gradients, and the expected results.
final class ConvolutionValues {
    let testCase: ConvolutionCase
    // Lazy, since a calculation reads only some of them.
    lazy var input = numbers(testCase.inputShape, testCase.dataType, "input") { [testCase] in
        testCase.grade($0 % testCase.inputChannels)
    }
    lazy var weight = makeWeight()
    lazy var gradient = numbers(testCase.outputShape, testCase.dataType, "gradient") { [testCase] in
        testCase.grade($0 % testCase.outputChannels)
    }
    lazy var bias = numbers([testCase.outputChannels], .float32, "bias") { [testCase] in testCase.grade($0) }
    lazy var residual = numbers(testCase.outputShape, testCase.dataType, "residual") { [testCase] in
        testCase.grade($0 % testCase.outputChannels)
    }
    private let key: RandomKey

    private enum Operation: Hashable {
        case output(roundsWeight: Bool)
        case inputGradient(roundsWeight: Bool)
        case weightGradient
    }
    /// The sums so far, shared by all epilogues of a convolution.
    private var known: [Operation: ReferenceSums] = [:]

    init(_ testCase: ConvolutionCase, seed: Int = 0) {
        self.testCase = testCase
        key = RandomKey(seed: 7).derived(seed)
    }

    private func makeWeight() -> Tensor {
        let (groupInputs, area) = (testCase.weightShape[1], testCase.kernel.area)
        // Sums of about 2, where activations bend and clip.
        let gain = 6 / Double(max(groupInputs * area, 1)).squareRoot()
        return numbers(testCase.weightShape, .float32, "weight") { [testCase] in
            gain * testCase.grade($0 / area % groupInputs) * testCase.grade($0 / (area * groupInputs))
        }
    }

    private func numbers(
        _ shape: Shape, _ dataType: DataType, _ purpose: String, scale: (Int) -> Double
    ) -> Tensor {
        .numbers(shape, dataType, key.derived(purpose), scale: scale)
    }

    func epilogue(hasBias: Bool, hasResidual: Bool, activation: Activation) -> ConvolutionEpilogue {
        ConvolutionEpilogue(
            bias: hasBias ? bias : nil, residual: hasResidual ? residual : nil, activation: activation)
    }

    /// The shape and type of a result.
    func specification(_ kind: RandomCalculation.Kind) -> TensorSpecification {
        switch kind {
        case .convolution: TensorSpecification(shape: testCase.outputShape, dataType: testCase.dataType)
        case .inputGradient: TensorSpecification(shape: testCase.inputShape, dataType: testCase.dataType)
        case .weightGradient: TensorSpecification(shape: testCase.weightShape)
        }
    }

    /// - Parameters:
    ///   - roundsWeight: With the weight in bfloat16.
    ///   - roundsBeforeResidual: Whether the sum may be rounded to bfloat16 before the residual is added.
    func expectedOutput(
        _ epilogue: ConvolutionEpilogue, roundsWeight: Bool = false, roundsBeforeResidual: Bool = false
    ) -> Expectation {
        Expectation(
            sums(.output(roundsWeight: roundsWeight)), specification(.convolution), bias: epilogue.bias,
            residual: epilogue.residual, activation: epilogue.activation, roundsBeforeResidual: roundsBeforeResidual)
    }

    func expectedInputGradient(roundsWeight: Bool = false) -> Expectation {
        Expectation(sums(.inputGradient(roundsWeight: roundsWeight)), specification(.inputGradient))
    }

    func expectedWeightGradient() -> Expectation {
        Expectation(sums(.weightGradient), specification(.weightGradient))
    }

    private func sums(_ operation: Operation) -> ReferenceSums {
        if let sums = known[operation] { return sums }
        let reference = ConvolutionReference(testCase: testCase)
        func weights(_ rounded: Bool) -> [Double] { (rounded ? weight.rounded : weight).doubles }
        let sums =
            switch operation {
            case .output(let rounded): reference.output(input: input.doubles, weight: weights(rounded))
            case .inputGradient(let rounded): reference.inputGradient(gradient.doubles, weight: weights(rounded))
            case .weightGradient: reference.weightGradient(gradient.doubles, input: input.doubles)
            }
        known[operation] = sums
        return sums
    }

    /// Changes the weight and the bias in place, as an optimizer does.
    func changeParameters() {
        weight.withMutableScalars(as: Float.self) { for index in $0.indices { $0[index] *= -0.77 } }
        bias.withMutableScalars(as: Float.self) { for index in $0.indices { $0[index] += 0.35 } }
        known = [:]
    }
}

extension ConvolutionValues {
    /// - Parameter remark: What is unusual about the values or the call, for its name.
    func output(
        hasBias: Bool = false, hasResidual: Bool = false, activation: Activation = .identity, _ remark: String = ""
    ) -> BackendCall {
        let epilogue = epilogue(hasBias: hasBias, hasResidual: hasResidual, activation: activation)
        let parts = (hasBias ? ", bias" : "") + (hasResidual ? ", residual" : "")
        return BackendCall(
            name: "convolution \(testCase)\(parts)\(activation == .identity ? "" : ", \(activation)")\(remark)",
            inputs: [("input", input), ("weight", weight)] + (hasBias ? [("bias", bias)] : [])
                + (hasResidual ? [("residual", residual)] : []),
            expected: { self.expectedOutput(epilogue) },
            alternative: mayRoundWeight ? { self.expectedOutput(epilogue, roundsWeight: true) } : nil,
            make: { [input, weight, geometry = testCase.geometry] in
                $0.convolution(input, weight: weight, geometry: geometry, epilogue: epilogue)
            })
    }

    func inputGradient(_ remark: String = "") -> BackendCall {
        BackendCall(
            name: "gradient by input \(testCase)\(remark)", inputs: [("gradient", gradient), ("weight", weight)],
            expected: { self.expectedInputGradient() },
            alternative: mayRoundWeight ? { self.expectedInputGradient(roundsWeight: true) } : nil,
            make: { [gradient, weight, geometry = testCase.geometry, shape = testCase.inputShape] in
                $0.convolutionInputGradient(gradient, weight: weight, geometry: geometry, inputShape: shape)
            })
    }

    func weightGradient(_ remark: String = "") -> BackendCall {
        BackendCall(
            name: "gradient by weight \(testCase)\(remark)", inputs: [("gradient", gradient), ("input", input)],
            expected: { self.expectedWeightGradient() },
            make: { [gradient, input, geometry = testCase.geometry, shape = testCase.weightShape] in
                $0.convolutionWeightGradient(gradient, input: input, geometry: geometry, weightShape: shape)
            })
    }

    /// A backend may round the weight of bfloat16 images to bfloat16.
    private var mayRoundWeight: Bool { testCase.dataType == .bfloat16 }
}

extension Tensor {
    /// Random values between -1 and 1, each multiplied by the `scale` of its index.
    ///
    /// They have full mantissas: values that bfloat16 represents exactly would hide additional roundings.
    static func numbers(
        _ shape: Shape, _ dataType: DataType, _ key: RandomKey, scale: (Int) -> Double = { _ in 1 }
    ) -> Tensor {
        var generator = RandomGenerator(key: key)
        let values = (0..<shape.elementCount).map { index -> Float in
            let unit = Double(generator.next() >> 11) / 0x1p52 - 1
            return Float(unit * scale(index))
        }
        return dataType == .bfloat16
            ? Tensor(values.map { BFloat16($0) }, shape: shape) : Tensor(values, shape: shape)
    }

    var doubles: [Double] { floats.map { Double($0) } }
    /// The values rounded to bfloat16, in float32.
    var rounded: Tensor { Tensor(floats.map { Float(BFloat16($0)) }, shape: shape) }

    mutating func replaceElement(_ index: Int, by value: Float) {
        var values = floats
        values[index] = value
        self = dataType == .bfloat16 ? Tensor(values.map { BFloat16($0) }, shape: shape) : Tensor(values, shape: shape)
    }
}
