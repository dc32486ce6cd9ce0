/// The transpose of a convolution: what is its gradient by the input is the output here.
struct ConvolutionTransposed: TensorOperation {
    let name = "conv_transposed2d"
    let geometry: ConvolutionGeometry
    let outputPadding: Size

    var attributes: [String: OperationAttribute] {
        geometry.attributes.merging(["output_padding": .size(outputPadding)]) { $1 }
    }

    // Inputs: images, weight [I, O / groups, KH, KW], then the bias where there is one.
    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let (input, weight) = (inputs[0].shape, inputs[1].shape)
        func fail(_ reason: String) -> ShapeError { ShapeError(operation: name, reason: reason) }
        _ = try inputs[0].floatingPoint(for: name)
        for parameter in inputs[1...] { try parameter.requireFloat32("weight or bias", for: name) }
        guard input.rank == 4, weight.rank == 4 else {
            throw fail("takes images [N, H, W, C] and a weight [I, O, H, W], not \(input) and \(weight)")
        }
        guard geometry.groups > 0, input[3] == weight[0], weight[0] % geometry.groups == 0 else {
            throw fail(
                "the weight \(weight) in \(geometry.groups) groups does not fit \(input[3]) input channels of \(input)")
        }
        let (channels, isOverflow) = weight[1].multipliedReportingOverflow(by: geometry.groups)
        guard channels > 0, !isOverflow else { throw fail("the weight \(weight) has no output channels") }
        if inputs.count > 2, inputs[2].shape != [channels] {
            throw fail("the bias \(inputs[2].shape) does not fit \(channels) output channels")
        }
        let kernel = Size(height: weight[2], width: weight[3])
        let image = Size(height: input[1], width: input[2])
        if let problem = geometry.transposedProblem(kernel: kernel, outputPadding: outputPadding) {
            throw fail(problem)
        }
        guard image.isPossible else { throw fail("images of \(image) have no pixels, or too many") }
        let size = geometry.transposedOutputSize(input: image, kernel: kernel, outputPadding: outputPadding)
        guard size.height > 0, size.width > 0 else { throw fail("padding leaves nothing of the output of \(input)") }
        return [
            TensorSpecification(shape: [input[0], size.height, size.width, channels], dataType: inputs[0].dataType)
        ]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let (input, weight) = (inputs[0], inputs[1])
        guard let specification = try? outputs(for: inputs.map(\.specification))[0] else { return [] }
        context.save(input, weight)
        let output = Engine.first(
            .convolution(
                .forward, input: specification, weight: weight.shape, geometry: geometry, reading: [input, weight])
        ) {
            $0.convolutionInputGradient(input, weight: weight, geometry: geometry, inputShape: specification.shape)
        }
        guard inputs.count > 2 else { return [output] }
        let ones = Tensor.ones([specification.shape[3]])
        return [
            ChannelNorm(input: output, residual: nil, activation: .identity, scale: ones, shift: inputs[2]).forward()
        ]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let (input, weight) = (context.saved(0), context.saved(1))
        let gradient = context.takeGradient()
        var result = [Tensor?](repeating: nil, count: context.inputCount)
        if context.inputCount > 2, context.needsGradient(2) { result[2] = ChannelNorm.sum(of: gradient) }
        func work(_ phase: ObservedWork.Phase, reading operand: Tensor) -> ObservedWork {
            .convolution(
                phase, input: gradient.specification, weight: weight.shape, geometry: geometry,
                reading: [gradient, operand])
        }
        if context.needsGradient(0) {
            result[0] = Engine.first(work(.inputGradient, reading: weight)) {
                $0.convolution(gradient, weight: weight, geometry: geometry, epilogue: ConvolutionEpilogue())
            }
        }
        if context.needsGradient(1) {
            result[1] = Engine.first(work(.weightGradient, reading: input)) {
                $0.convolutionWeightGradient(input, input: gradient, geometry: geometry, weightShape: weight.shape)
            }
        }
        return result
    }

    func multiplyAccumulates(for inputs: [TensorSpecification]) -> Int {
        saturatingProduct(inputs[0].shape.elementCount, inputs[1].shape[1...].reduce(1, *))
    }
}

extension Tensor {
    /// Applies the transpose of a convolution, which enlarges images by its stride.
    ///
    /// - Parameters:
    ///   - weight: `[C, O / groups, KH, KW]`, float32: that of the convolution from the output to this.
    ///   - bias: `[O]`, float32.
    ///   - padding: What the convolution would add, taken away here.
    ///   - outputPadding: Rows and columns added at the bottom and right, below the stride.
    /// - Returns: `[N, (H - 1)·s - p + d·(KH - 1) + 1 + outputPadding, ..., O]`.
    public func convolutionTransposed(
        weight: Tensor, bias: Tensor? = nil, strides: Size = 1, padding: EdgeInsets = 0, outputPadding: Size = 0,
        dilations: Size = 1, groups: Int = 1
    ) -> Tensor {
        let geometry = ConvolutionGeometry(strides: strides, dilations: dilations, padding: padding, groups: groups)
        return ConvolutionTransposed(geometry: geometry, outputPadding: outputPadding)
            .apply(to: [self, weight] + (bias.map { [$0] } ?? []))[0]
    }
}
