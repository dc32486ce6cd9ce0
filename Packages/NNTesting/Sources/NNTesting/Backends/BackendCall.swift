import NNCore

/// One call of a backend, with what must come of it.
struct BackendCall {
    let name: String
    /// What the call reads, which must stay as it is.
    let inputs: KeyValuePairs<String, Tensor>
    let expected: () -> Expectation
    /// What may come of it as well.
    var alternative: (() -> Expectation)?
    let make: @Sendable (any Backend) -> Tensor?
}

/// What is expected of a call, calculated once for all backends.
struct ExpectedResult {
    private let expected: Expectation
    private let makeAlternative: (() -> Expectation)?
    private lazy var alternative = makeAlternative?()

    init(_ call: BackendCall) {
        expected = call.expected()
        makeAlternative = call.alternative
    }

    /// What is wrong with a result; nil where nothing is.
    mutating func finding(_ result: Tensor) -> String? {
        guard let difference = expected.difference(of: result) else { return nil }
        guard let alternative else { return difference.description }
        guard let other = alternative.difference(of: result) else { return nil }
        return (other.count < difference.count ? other : difference).description
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
            make: { [input, weight, geometry = testCase.geometry] in
                $0.convolution(input, weight: weight, geometry: geometry, epilogue: epilogue)
            })
    }

    func inputGradient(_ remark: String = "") -> BackendCall {
        BackendCall(
            name: "gradient by input \(testCase)\(remark)", inputs: ["gradient": gradient, "weight": weight],
            expected: { self.expectedInputGradient() },
            alternative: mayRoundWeight ? { self.expectedInputGradient(roundsWeight: true) } : nil,
            make: { [gradient, weight, geometry = testCase.geometry, shape = testCase.inputShape] in
                $0.convolutionInputGradient(gradient, weight: weight, geometry: geometry, inputShape: shape)
            })
    }

    func weightGradient(_ remark: String = "") -> BackendCall {
        BackendCall(
            name: "gradient by weight \(testCase)\(remark)", inputs: ["gradient": gradient, "input": input],
            expected: { self.expectedWeightGradient() },
            make: { [gradient, input, geometry = testCase.geometry, shape = testCase.weightShape] in
                $0.convolutionWeightGradient(gradient, input: input, geometry: geometry, weightShape: shape)
            })
    }

    /// Where images are bfloat16, a backend may multiply them by a weight in bfloat16.
    private var mayRoundWeight: Bool { testCase.dataType == .bfloat16 }
}

extension ProductValues {
    func call(hasBias: Bool, _ remark: String = "") -> BackendCall {
        let values = self
        let bias = hasBias ? bias : nil
        return BackendCall(
            name: "product \(self)\(hasBias ? ", bias" : "")\(remark)",
            inputs: ["left operand": left, "right operand": right, "bias": self.bias],
            expected: { values.expectation(bias: bias) },
            make: { [product, left, right] in $0.matrixProduct(product, left: left, right: right, bias: bias) })
    }
}
