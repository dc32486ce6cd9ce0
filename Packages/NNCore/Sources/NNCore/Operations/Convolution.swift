/// An operation that is one convolution of a backend: the images are its first input, and a residual its last.
protocol ConvolutionOperation: TensorOperation {
    var geometry: ConvolutionGeometry { get }
    var activation: Activation { get }
    var hasResidual: Bool { get }

    /// The filters, from all inputs.
    func filters(of inputs: [Tensor]) -> (weight: Tensor, bias: Tensor?)
}

extension ConvolutionOperation {
    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] { convolved(inputs) }

    func convolved(_ inputs: [Tensor], weightIsTrained: Bool = false) -> [Tensor] {
        let (weight, bias) = filters(of: inputs)
        let epilogue = ConvolutionEpilogue(
            bias: bias, residual: hasResidual ? inputs.last : nil, activation: activation,
            weightIsTrained: weightIsTrained)
        return [
            Engine.first(
                .convolution(
                    .forward, input: inputs[0].specification, weight: weight.shape, geometry: geometry, reading: inputs)
            ) {
                $0.convolution(inputs[0], weight: weight, geometry: geometry, epilogue: epilogue)
            }
        ]
    }
}

/// A two-dimensional convolution (in the sense of the field: a cross-correlation).
struct Convolution: ConvolutionOperation {
    let name = "conv2d"
    let geometry: ConvolutionGeometry
    let activation = Activation.identity
    let hasResidual = false

    var attributes: [String: OperationAttribute] { geometry.attributes }

    // Inputs: images, weight, then the bias where there is one.
    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let (input, weight) = (inputs[0].shape, inputs[1].shape)
        func fail(_ reason: String) -> ShapeError { ShapeError(operation: name, reason: reason) }
        _ = try inputs[0].floatingPoint(for: name)
        for parameter in inputs[1...] { try parameter.requireFloat32("weight or bias", for: name) }
        guard input.rank == 4, weight.rank == 4 else {
            throw fail("takes images [N, H, W, C] and a weight [O, I, H, W], not \(input) and \(weight)")
        }
        let groups = geometry.groups
        guard groups > 0, input[3] % groups == 0, input[3] / groups == weight[1], weight[0] % groups == 0 else {
            throw fail("the weight \(weight) in \(groups) groups does not fit \(input[3]) input channels of \(input)")
        }
        if inputs.count > 2, inputs[2].shape != [weight[0]] {
            throw fail("the bias \(inputs[2].shape) does not fit \(weight[0]) output channels")
        }
        guard weight[0] > 0 else { throw fail("the weight \(weight) has no output channels") }
        let kernel = Size(height: weight[2], width: weight[3])
        if let problem = geometry.problem(kernel: kernel) { throw fail(problem) }
        let size = geometry.outputSize(input: Size(height: input[1], width: input[2]), kernel: kernel)
        guard size.height > 0, size.width > 0 else {
            throw fail(
                "a window of \(weight[2])x\(weight[3]) (dilation \(geometry.dilations)) does not fit into images of "
                    + "\(input[1])x\(input[2]); use larger images")
        }
        return [
            TensorSpecification(shape: [input[0], size.height, size.width, weight[0]], dataType: inputs[0].dataType)
        ]
    }

    func filters(of inputs: [Tensor]) -> (weight: Tensor, bias: Tensor?) {
        (inputs[1], inputs.count > 2 ? inputs[2] : nil)
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        context.save(inputs[1])
        guard context.needsGradient(1) else { return convolved(inputs) }
        context.save(inputs[0])
        let weight = inputs[1].shape
        if geometry.groups > 1, weight[0] == geometry.groups, weight[1] == 1, weight[2] * weight[3] <= 9 {
            // A small depthwise convolution takes little longer than reading its input, which is kept anyway. Training of
            // Xception takes 10 % less memory without its results, and 1 % more time, 4 % in bfloat16.
            context.recomputesResult(from: inputs) { convolved($0, weightIsTrained: true)[0] }
        }
        return convolved(inputs, weightIsTrained: true)
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let weight = context.saved(0)
        let gradient = context.takeGradient()
        var result = [Tensor?](repeating: nil, count: context.inputCount)
        if context.inputCount > 2, context.needsGradient(2) { result[2] = ChannelNorm.sum(of: gradient) }
        let images = context.input(0)
        func work(_ phase: ObservedWork.Phase, reading operand: Tensor) -> ObservedWork {
            .convolution(
                phase, input: images, weight: weight.shape, geometry: geometry, reading: [gradient, operand])
        }
        // First the gradient by the weight, so that the input is released before there is a gradient by it.
        if context.needsGradient(1) {
            let input = context.takeSaved(1)
            result[1] = Engine.first(work(.weightGradient, reading: input)) {
                $0.convolutionWeightGradient(gradient, input: input, geometry: geometry, weightShape: weight.shape)
            }
        }
        if context.needsGradient(0) {
            result[0] = Engine.first(work(.inputGradient, reading: weight)) {
                $0.convolutionInputGradient(gradient, weight: weight, geometry: geometry, inputShape: images.shape)
            }
        }
        return result
    }

    func multiplyAccumulates(for inputs: [TensorSpecification]) -> Int {
        guard let output = try? outputs(for: inputs)[0].shape else { return 0 }
        return saturatingProduct(output.elementCount, inputs[1].shape[1...].reduce(1, *))
    }
}

extension Tensor {
    /// Convolves images with filters.
    ///
    /// `output[n, y, x, o] = Σ input[n, y·s + kh·d - p, x·s + kw·d - p, c] · weight[o, c, kh, kw] + bias[o]`
    /// - Parameters:
    ///   - weight: `[O, C / groups, KH, KW]`, float32 whatever the type of the images.
    ///   - bias: `[O]`, float32.
    ///   - strides: Pixels between neighbouring windows.
    ///   - dilations: Pixels between neighbouring taps of a window.
    ///   - groups: Parts into which the channels are split, each with filters of its own.
    /// - Returns: `[N, OH, OW, O]` in the type of the images.
    public func convolved(
        weight: Tensor, bias: Tensor? = nil, strides: Size = 1, padding: Padding = .valid, dilations: Size = 1,
        groups: Int = 1
    ) -> Tensor {
        let geometry = convolutionGeometry(
            weight: weight, strides: strides, padding: padding, dilations: dilations, groups: groups)
        return Convolution(geometry: geometry).apply(to: [self, weight] + (bias.map { [$0] } ?? []))[0]
    }

    /// The geometry with the padding worked out for this tensor's size.
    func convolutionGeometry(
        weight: Tensor, strides: Size, padding: Padding, dilations: Size, groups: Int
    ) -> ConvolutionGeometry {
        guard rank == 4, weight.rank == 4 else { return ConvolutionGeometry() }  // refused by the shape rule
        let insets = padding.insets(
            input: Size(height: shape[1], width: shape[2]),
            kernel: Size(height: weight.shape[2], width: weight.shape[3]), strides: strides, dilations: dilations)
        return ConvolutionGeometry(strides: strides, dilations: dilations, padding: insets, groups: groups)
    }
}
