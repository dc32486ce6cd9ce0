import NNCore

/// Numbers for all that goes into a convolution, and what must come out.
final class ConvolutionValues {
    let testCase: ConvolutionCase
    var input: Tensor
    var weight: Tensor
    var gradient: Tensor
    var bias: Tensor
    var residual: Tensor

    private enum Operation: Hashable {
        case output(roundsWeight: Bool)
        case inputGradient(roundsWeight: Bool)
        case weightGradient
    }
    /// What was summed already, since all epilogues of a convolution share it.
    private var known: [Operation: ReferenceSums] = [:]

    init(_ testCase: ConvolutionCase, seed: Int = 0) {
        self.testCase = testCase
        let key = RandomKey(seed: 7).derived(seed)
        let (inputs, outputs) = (testCase.inputChannels, testCase.outputChannels)
        let (groupInputs, area) = (testCase.weightShape[1], testCase.kernel.area)
        let grade = { (channel: Int) in testCase.isGraded ? Self.grade(channel) : 1 }
        // Sums of about 2, where activations bend and clip.
        let gain = 6 / Double(max(groupInputs * area, 1)).squareRoot()
        input = .numbers(testCase.inputShape, testCase.dataType, key.derived("input")) { grade($0 % inputs) }
        weight = .numbers(testCase.weightShape, .float32, key.derived("weight")) {
            gain * grade($0 / area % groupInputs) * grade($0 / (area * groupInputs))
        }
        gradient = .numbers(testCase.outputShape, testCase.dataType, key.derived("gradient")) { grade($0 % outputs) }
        bias = .numbers([outputs], .float32, key.derived("bias")) { grade($0) }
        residual = .numbers(testCase.outputShape, testCase.dataType, key.derived("residual")) { grade($0 % outputs) }
    }

    /// Every other channel is smaller than the first, by up to seven digits.
    private static func grade(_ channel: Int) -> Double {
        channel % 2 == 0 ? 1 : [0x1p-9, 0x1p-12, 0x1p-15, 0x1p-18, 0x1p-21, 0x1p-24][channel / 2 % 6]
    }

    /// - Parameter roundsWeight: With the weight in bfloat16.
    func expectedOutput(_ epilogue: ConvolutionEpilogue, roundsWeight: Bool = false) -> Expectation {
        Expectation(
            sums(.output(roundsWeight: roundsWeight)),
            TensorSpecification(shape: testCase.outputShape, dataType: testCase.dataType), bias: epilogue.bias,
            residual: epilogue.residual, activation: epilogue.activation)
    }

    func expectedInputGradient(roundsWeight: Bool = false) -> Expectation {
        Expectation(
            sums(.inputGradient(roundsWeight: roundsWeight)),
            TensorSpecification(shape: testCase.inputShape, dataType: testCase.dataType))
    }

    func expectedWeightGradient() -> Expectation {
        Expectation(sums(.weightGradient), TensorSpecification(shape: testCase.weightShape))
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

    /// Writes to the weight and the bias where they lie, as an optimizer does.
    func changeParameters() {
        weight.withMutableScalars(as: Float.self) { for index in $0.indices { $0[index] *= -0.77 } }
        bias.withMutableScalars(as: Float.self) { for index in $0.indices { $0[index] += 0.35 } }
        known = [:]
    }
}

extension ConvolutionValues {
    /// - Parameter remark: What is unusual about the values or the call.
    func output(
        hasBias: Bool = false, hasResidual: Bool = false, activation: Activation = .identity, _ remark: String = ""
    ) -> BackendCall {
        let epilogue = ConvolutionEpilogue(
            bias: hasBias ? bias : nil, residual: hasResidual ? residual : nil, activation: activation)
        let parts = (hasBias ? ", bias" : "") + (hasResidual ? ", residual" : "")
        return BackendCall(
            name: "convolution \(testCase)\(parts)\(activation == .identity ? "" : ", \(activation)")\(remark)",
            inputs: ["input": input, "weight": weight, "bias": bias, "residual": residual],
            expected: { self.expectedOutput(epilogue) },
            alternative: mayRoundWeight ? { self.expectedOutput(epilogue, roundsWeight: true) } : nil,
            channel: { [outputs = testCase.outputChannels] in $0 % outputs },
            make: { [input, weight, geometry = testCase.geometry] in
                $0.convolution(input, weight: weight, geometry: geometry, epilogue: epilogue)
            },
            makePrepared: { [input, weight, testCase] in
                var constant = epilogue
                constant.residual = nil
                let prepared = $0.preparedConvolution(
                    of: input.specification, weight: weight, geometry: testCase.geometry, epilogue: constant,
                    addsResidual: hasResidual)
                return prepared.map { prepared in
                    // From the memory of the caller, and from that of a copy.
                    [input, input.copy].map { input in
                        let output = Tensor(uninitialized: testCase.outputShape, dataType: testCase.dataType)
                        prepared.run(input, residual: epilogue.residual, into: output)
                        return output
                    }
                }
            })
    }

    func inputGradient(_ remark: String = "") -> BackendCall {
        BackendCall(
            name: "gradient by input \(testCase)\(remark)", inputs: ["gradient": gradient, "weight": weight],
            expected: { self.expectedInputGradient() },
            alternative: mayRoundWeight ? { self.expectedInputGradient(roundsWeight: true) } : nil,
            channel: { [inputs = testCase.inputChannels] in $0 % inputs },
            make: { [gradient, weight, geometry = testCase.geometry, shape = testCase.inputShape] in
                $0.convolutionInputGradient(gradient, weight: weight, geometry: geometry, inputShape: shape)
            })
    }

    func weightGradient(_ remark: String = "") -> BackendCall {
        BackendCall(
            name: "gradient by weight \(testCase)\(remark)", inputs: ["gradient": gradient, "input": input],
            expected: { self.expectedWeightGradient() },
            channel: { [area = testCase.kernel.area] in $0 / area },
            make: { [gradient, input, geometry = testCase.geometry, shape = testCase.weightShape] in
                $0.convolutionWeightGradient(gradient, input: input, geometry: geometry, weightShape: shape)
            })
    }

    /// Where images are bfloat16, a backend may multiply them by a weight in bfloat16.
    private var mayRoundWeight: Bool { testCase.dataType == .bfloat16 }
}

extension Tensor {
    /// Numbers between -1 and 1 with full mantissas, each times `scale` of its index, then in the type asked for.
    ///
    /// Were they such as bfloat16 has exactly, no rounding too much would be seen.
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

    /// The same values in memory of their own.
    fileprivate var copy: Tensor {
        var result = self
        result.withUnsafeMutableBytes { _ in }
        return result
    }

    var doubles: [Double] { floats.map { Double($0) } }
    /// The nearest numbers that bfloat16 has.
    var rounded: Tensor { Tensor(floats.map { Float(BFloat16($0)) }, shape: shape) }

    mutating func replaceElement(_ index: Int, by value: Float) {
        var values = floats
        values[index] = value
        self = dataType == .bfloat16 ? Tensor(values.map { BFloat16($0) }, shape: shape) : Tensor(values, shape: shape)
    }
}
