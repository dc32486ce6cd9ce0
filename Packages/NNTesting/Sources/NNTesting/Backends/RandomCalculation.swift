import NNCore

/// A random convolution, gradient or matrix product that compares a backend with plain loops.
///
/// It follows from a seed and an index alone, so that a failure can be reproduced: odd sizes, every stride, dilation
/// and group, windows of 1 to 7 pixels, channel counts around the lengths of vectors, rows of up to 1,000 pixels.
public struct RandomCalculation: CustomStringConvertible, Sendable {
    /// The result of a comparison.
    public enum Outcome: Sendable, Equatable {
        /// Every element lies within its tolerance.
        case agrees
        /// The backend left the calculation to the next one.
        case declined
        /// The calculation, the worst element and the number of wrong ones.
        case wrong(String)
    }

    /// A convolution, or one of its gradients.
    public enum Kind: Sendable {
        /// The forward convolution.
        case convolution
        /// The gradient by the input.
        case inputGradient
        /// The gradient by the weight.
        case weightGradient
    }

    private enum Calculation {
        case convolution(Kind, ConvolutionCase, hasBias: Bool, hasResidual: Bool, activation: Activation)
        case product(MatrixProduct, hasBias: Bool)
    }

    private let calculation: Calculation
    /// The seed of the values.
    private let seed: Int

    /// Draws a calculation.
    /// - Parameters:
    ///   - seed: The seed of a sequence of calculations.
    ///   - index: The index in the sequence.
    ///   - largest: The largest number of multiplications of a convolution or gradient.
    public init(seed: UInt64, index: Int, largest: Int = 2_000_000) {
        var random = RandomChoices(key: RandomKey(seed: seed).derived(index))
        let dataType = random.element(of: [DataType.float32, .bfloat16])
        if random.happens(oneIn: 6) {
            calculation = .product(
                MatrixProduct(
                    batch: random.element(of: [1, 1, 2, 3]), rows: random.length(), columns: random.length(),
                    inner: random.length(), transposesLeft: random.happens(oneIn: 2),
                    transposesRight: random.happens(oneIn: 2), dataType: dataType),
                hasBias: random.happens(oneIn: 2))
        } else {
            let kind = random.element(of: [
                Kind.convolution, .convolution, .inputGradient, .weightGradient, .weightGradient,
            ])
            let isForward = kind == .convolution
            calculation = .convolution(
                kind,
                ConvolutionCase.random(using: &random, largest: largest)
                    .with(dataType, isGraded: random.happens(oneIn: 3)),
                hasBias: random.happens(oneIn: 2) && isForward, hasResidual: random.happens(oneIn: 2) && isForward,
                activation: isForward ? random.element(of: ReferenceActivation.all) : .identity)
        }
        self.seed = random.number(below: 1 << 32)
    }

    /// A convolution of given sizes, as it occurs in a network, without a bias, a residual and an activation.
    /// - Parameters:
    ///   - kind: The convolution or one of its gradients.
    ///   - input: `[N, H, W, C]`
    ///   - weight: `[O, C / groups, KH, KW]`
    ///   - geometry: Strides, dilations, padding and groups.
    ///   - dataType: The type of the images; weights are float32.
    public init(_ kind: Kind, input: Shape, weight: Shape, geometry: ConvolutionGeometry, dataType: DataType) {
        var testCase = ConvolutionCase(
            Size(height: input[1], width: input[2]), input[3], weight[0], Size(height: weight[2], width: weight[3]),
            images: input[0])
        testCase.geometry = geometry
        calculation = .convolution(
            kind, testCase.with(dataType), hasBias: false, hasResidual: false, activation: .identity)
        seed = 1
    }

    /// The type of the result of a product, or of the images of a convolution.
    public var dataType: DataType {
        switch calculation {
        case .convolution(_, let testCase, _, _, _): testCase.dataType
        case .product(let product, _): product.dataType
        }
    }

    /// The operation with its sizes.
    public var description: String {
        switch calculation {
        case .convolution(let kind, let testCase, let hasBias, let hasResidual, let activation):
            "\(kind) \(testCase)\(hasBias ? ", bias" : "")\(hasResidual ? ", residual" : "")"
                + (activation == .identity ? "" : ", \(activation)")
        case .product(let product, let hasBias):
            "product \(product.dataType) of \(product.batch) times \(product.rows)x\(product.inner)"
                + "\(product.transposesLeft ? " transposed" : "") and \(product.inner)x\(product.columns)"
                + "\(product.transposesRight ? " transposed" : "")\(hasBias ? ", bias" : "")"
        }
    }

    /// Compares a backend with plain loops, by the tolerances of ``BackendConformance``.
    ///
    /// A backend may also round a bfloat16 convolution before it adds a residual.
    public func check(_ backend: any Backend) -> Outcome {
        let call =
            switch calculation {
            case .convolution(let kind, let testCase, let hasBias, let hasResidual, let activation):
                call(kind, values(testCase), hasBias: hasBias, hasResidual: hasResidual, activation: activation)
            case .product(let product, let hasBias):
                ProductValues(product, product.dataType, product.dataType, seed: seed).call(hasBias: hasBias)
            }
        guard let result = call.make(backend) else { return .declined }
        var expected = ExpectedResult(call)
        return outcome(expected.finding(result))
    }

    /// Compares a backend with another one that is known to be right: plain loops take too long for large convolutions.
    ///
    /// Only for what ``init(_:input:weight:geometry:dataType:)`` makes.
    public func check(_ backend: any Backend, against reference: any Backend) -> Outcome {
        guard case .convolution(let kind, let testCase, false, false, .identity) = calculation else {
            trap("RandomCalculation: only a plain convolution is checked against another backend, not \(self)")
        }
        let values = values(testCase)
        guard let result = call(kind, values).make(backend) else { return .declined }
        func calculate(_ change: (Tensor) -> Tensor) -> [Float]? {
            let changed = ConvolutionValues(testCase.with(.float32))
            // What the calculation does not read is not made.
            if kind != .weightGradient { changed.weight = change(values.weight) }
            if kind != .inputGradient { changed.input = change(values.input.cast(to: .float32)) }
            if kind != .convolution { changed.gradient = change(values.gradient.cast(to: .float32)) }
            return call(kind, changed).make(reference)?.floats
        }
        guard let exact = calculate({ $0 }), let magnitudes = calculate({ $0.abs() }) else {
            return .wrong("\(self): the reference left it to another backend")
        }
        let specification = values.specification(kind)
        return outcome(
            Expectation.difference(of: result, specification) { index in
                let value = Double(exact[index])
                // Both add up in float32: 8e-6 of the magnitudes.
                return (value, Expectation.allowance(value, 8 * Double(magnitudes[index]), specification.dataType))
            }?.description)
    }

    private func outcome(_ finding: String?) -> Outcome { finding.map { .wrong("\(self): \($0)") } ?? .agrees }

    /// Weights of bfloat16 images are such as bfloat16 holds exactly: a backend may round them.
    private func values(_ testCase: ConvolutionCase) -> ConvolutionValues {
        let values = ConvolutionValues(testCase, seed: seed)
        if testCase.dataType == .bfloat16 { values.weight = values.weight.rounded }
        return values
    }

    private func call(
        _ kind: Kind, _ values: ConvolutionValues, hasBias: Bool = false, hasResidual: Bool = false,
        activation: Activation = .identity
    ) -> BackendCall {
        switch kind {
        case .inputGradient: return values.inputGradient()
        case .weightGradient: return values.weightGradient()
        case .convolution:
            var call = values.output(hasBias: hasBias, hasResidual: hasResidual, activation: activation)
            if hasResidual, values.testCase.dataType == .bfloat16 {
                let epilogue = values.epilogue(hasBias: hasBias, hasResidual: true, activation: activation)
                call.alternative = { values.expectedOutput(epilogue, roundsBeforeResidual: true) }
            }
            return call
        }
    }
}
