import NNCore

/// One call of a backend, as a fault sees it.
struct FaultyCall {
    enum Pass: CaseIterable { case output, inputGradient, weightGradient, product }

    let pass: Pass
    /// The input, the gradient or the left operand.
    var first: Tensor
    /// The weight, the input of a weight's gradient, or the right operand.
    var second: Tensor
    var inputShape: Shape = []
    var weightShape: Shape = []
    var geometry = ConvolutionGeometry()
    var epilogue = ConvolutionEpilogue()
    var product = MatrixProduct(rows: 0, columns: 0, inner: 0)

    /// What the reference backend gives for it.
    var right: Tensor {
        let backend = BLASBackend()
        let result =
            switch pass {
            case .output: backend.convolution(first, weight: second, geometry: geometry, epilogue: epilogue)
            case .inputGradient:
                backend.convolutionInputGradient(first, weight: second, geometry: geometry, inputShape: inputShape)
            case .weightGradient:
                backend.convolutionWeightGradient(first, input: second, geometry: geometry, weightShape: weightShape)
            case .product: backend.matrixProduct(product, left: first, right: second, bias: epilogue.bias)
            }
        return result!
    }
}

/// The reference backend with one fault.
struct FaultyBackend: Backend {
    let name: String
    let calculate: @Sendable (FaultyCall) -> Tensor?

    func convolution(
        _ input: Tensor, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue
    ) -> Tensor? {
        calculate(
            FaultyCall(
                pass: .output, first: input, second: weight, inputShape: input.shape, weightShape: weight.shape,
                geometry: geometry, epilogue: epilogue))
    }

    func convolutionInputGradient(
        _ outputGradient: Tensor, weight: Tensor, geometry: ConvolutionGeometry, inputShape: Shape
    ) -> Tensor? {
        calculate(
            FaultyCall(
                pass: .inputGradient, first: outputGradient, second: weight, inputShape: inputShape,
                weightShape: weight.shape, geometry: geometry))
    }

    func convolutionWeightGradient(
        _ outputGradient: Tensor, input: Tensor, geometry: ConvolutionGeometry, weightShape: Shape
    ) -> Tensor? {
        calculate(
            FaultyCall(
                pass: .weightGradient, first: outputGradient, second: input, inputShape: input.shape,
                weightShape: weightShape, geometry: geometry))
    }

    func matrixProduct(_ product: MatrixProduct, left: Tensor, right: Tensor, bias: Tensor?) -> Tensor? {
        calculate(
            FaultyCall(
                pass: .product, first: left, second: right, epilogue: ConvolutionEpilogue(bias: bias),
                product: product))
    }
}

extension FaultyCall {
    var isConvolution: Bool { pass != .product }
    var dataType: DataType { isConvolution ? first.dataType : product.dataType }
    var images: Int { inputShape[0] }
    var height: Int { inputShape[1] }
    var width: Int { inputShape[2] }
    var inputs: Int { inputShape[3] }
    var outputs: Int { weightShape[0] }
    var kernel: Size { Size(height: weightShape[2], width: weightShape[3]) }
    var groups: Int { geometry.groups }
    var groupInputs: Int { weightShape[1] }
    var groupOutputs: Int { outputs / groups }
    var isDense: Bool { groups == 1 }
    var isDepthwise: Bool { groups > 1 && groupInputs == 1 && groupOutputs == 1 }
    var isStrided: Bool { geometry.strides != 1 }
    var isDilated: Bool { geometry.dilations != 1 }
    var padding: EdgeInsets { geometry.padding }
    var isUneven: Bool { padding.top != padding.bottom || padding.left != padding.right }
    /// How far the window reaches from its first tap.
    var reach: Size {
        Size(
            height: geometry.dilations.height * (kernel.height - 1),
            width: geometry.dilations.width * (kernel.width - 1))
    }
}

extension Tensor {
    /// The same with the last element off by a fiftieth; without elements, of another shape.
    var spoiled: Tensor {
        guard elementCount > 0 else { return .zeros([1]) }
        return withFloats { values in values[values.count - 1] += 0.02 * (values[values.count - 1].magnitude + 0.05) }
    }

    func withFloats(_ change: (inout [Float]) -> Void) -> Tensor {
        var values = floats
        change(&values)
        return Tensor(values, shape: shape).cast(to: dataType)
    }

    /// Rounded to bfloat16, in the same type.
    var coarse: Tensor { cast(to: .bfloat16).cast(to: dataType) }
}
