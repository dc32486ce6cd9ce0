import CNNKernels

/// A convolution of images that are rounded to 8 bits, by filters of 8 bits, with the residual addition and the activation
/// that follow.
///
/// `output = activation((Σ (q - zero point) · w + bias) · image scale · filter scale + residual)`, where a residual is
/// rounded to 8 bits, too. Sums are exact. Images, residual and result are float32 or bfloat16; in a plan those that
/// only quantized convolutions read are bytes (``QuantizedChains``), with the same bits in the end.
struct QuantizedConvolution: TensorOperation {
    let name = "conv2d_int8"
    let geometry: ConvolutionGeometry
    let activation: Activation
    let images: AffineQuantization
    /// nil without a residual.
    let residual: AffineQuantization?
    /// For a result in bytes.
    var output: AffineQuantization?

    /// A calculation by other instructions than the fastest, for tests.
    @TaskLocal static var instructions: Int32?

    var attributes: [String: OperationAttribute] {
        var result = geometry.attributes
        result["activation"] = .text(activation.name)
        result["slope"] = .float(activation.slope)
        result["scale"] = .float(images.scale)
        result["zero_point"] = .int(images.zeroPoint)
        if let residual {
            result["residual_scale"] = .float(residual.scale)
            result["residual_zero_point"] = .int(residual.zeroPoint)
        }
        return result
    }

    // Inputs: images, filters as bytes, their scales, the bias in units of the sums, then the residual where there is one.
    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let (images, weight) = (inputs[0], inputs[1])
        func fail(_ reason: String) -> ShapeError { ShapeError(operation: name, reason: reason) }
        let type = images.dataType == .uint8 ? .float32 : try images.floatingPoint(for: name).dataType
        let plain = TensorSpecification(shape: images.shape, dataType: type)
        var result = try Convolution(geometry: geometry).outputs(
            for: [plain, TensorSpecification(shape: weight.shape)])[0]
        guard weight.dataType == .uint8, inputs[2] == TensorSpecification(shape: [weight.shape[0]]),
            inputs[3] == TensorSpecification(shape: [weight.shape[0]], dataType: .int32)
        else {
            throw fail("takes a weight of bytes, scales and a bias, not \(weight), \(inputs[2]) and \(inputs[3])")
        }
        guard QuantizedWeight.canHold(weight.shape) else {
            let limit = QuantizedWeight.depthLimit
            throw fail("sums of \(weight.shape) need more than 32 bits, which are enough for \(limit) products")
        }
        let residuals = inputs.dropFirst(4)
        guard inputs.count == (residual == nil ? 4 : 5),
            residuals.allSatisfy({ $0.shape == result.shape && [type, .uint8].contains($0.dataType) })
        else { throw fail("the residual \(Array(residuals)) does not fit the result \(result)") }
        if output != nil { result.dataType = .uint8 }
        return [result]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let convolution = prepared(inputs[0].specification, inputs)
        let result = Tensor(uninitialized: convolution.outputShape, dataType: output == nil ? .float32 : .uint8)
        convolution.run(inputs[0], residual: residual == nil ? nil : inputs[4], into: result)
        return [inputs[0].dataType == .bfloat16 && output == nil ? result.cast(to: .bfloat16) : result]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        trap("\(name): quantized layers have no gradient; remove the quantization, or train before it")
    }

    func multiplyAccumulates(for inputs: [TensorSpecification]) -> Int {
        guard let output = try? outputs(for: inputs)[0].shape else { return 0 }
        return saturatingProduct(output.elementCount, inputs[1].shape[1...].reduce(1, *))
    }

    /// The convolution with its weight packed; `inputs` as of the operation.
    func prepared(_ specification: TensorSpecification, _ inputs: [Tensor]) -> PreparedQuantizedConvolution {
        PreparedQuantizedConvolution(self, images: specification, weight: inputs[1], scales: inputs[2], bias: inputs[3])
    }
}

/// A quantized convolution of one shape, whose result is bytes or float32.
struct PreparedQuantizedConvolution: PreparedConvolution {
    private let operation: QuantizedConvolution
    private let window: nn_quantized_window
    private let instructions: Int32
    private let packed: Tensor
    /// `[O]`: what one unit of a sum is worth.
    private let factors: Tensor
    private let bias: Tensor
    /// `[N, OH, OW, O]`
    let outputShape: Shape

    private struct PackedKey: Hashable, Sendable {
        let shape: Shape
        let groups: Int
        let instructions: Int32
    }

    init(
        _ operation: QuantizedConvolution, images: TensorSpecification, weight: Tensor, scales: Tensor, bias: Tensor
    ) {
        self.operation = operation
        self.bias = bias
        let geometry = operation.geometry
        let (input, filters) = (images.shape, weight.shape)
        let size = geometry.outputSize(
            input: Size(height: input[1], width: input[2]), kernel: Size(height: filters[2], width: filters[3]))
        let window = nn_quantized_window(
            images: Int64(input[0]), height: Int64(input[1]), width: Int64(input[2]), channels: Int64(input[3]),
            outputs: Int64(filters[0]), groups: Int64(geometry.groups), kernel_height: Int64(filters[2]),
            kernel_width: Int64(filters[3]), stride_height: Int64(geometry.strides.height),
            stride_width: Int64(geometry.strides.width), dilation_height: Int64(geometry.dilations.height),
            dilation_width: Int64(geometry.dilations.width), padding_top: Int64(geometry.padding.top),
            padding_left: Int64(geometry.padding.left), output_height: Int64(size.height),
            output_width: Int64(size.width))
        let instructions = QuantizedConvolution.instructions ?? nn_quantized_best_isa()
        outputShape = [input[0], size.height, size.width, filters[0]]
        self.window = window
        self.instructions = instructions
        factors = Tensor(scales.floats.map { $0 * operation.images.scale })
        packed = weight.packedForms.form(
            for: PackedKey(shape: filters, groups: geometry.groups, instructions: instructions)
        ) {
            withUnsafePointer(to: window) { window in
                let packed = Tensor(
                    uninitialized: [Int(nn_quantized_packed_size(window, instructions))], dataType: .uint8)
                nn_quantized_pack(
                    window, instructions, weight.unsafePointer.assumingMemoryBound(to: UInt8.self),
                    packed.unsafePointer)
                return packed
            }
        }
    }

    func run(_ input: Tensor, residual: Tensor?, into output: Tensor, scratch: UnsafeMutableRawPointer) {
        let images = input.dataType == .uint8 ? input : input.cast(to: .float32).quantized(by: operation.images)
        // A residual is rounded wherever it comes from, so that a plan may keep it as bytes.
        let rounding = operation.residual
        let bytes = residual.map { residual in
            residual.dataType == .uint8 ? residual : residual.cast(to: .float32).quantized(by: rounding!)
        }
        var epilogue = nn_quantized_epilogue(
            bias: UnsafePointer(bias.unsafePointer.assumingMemoryBound(to: Int32.self)),
            factors: UnsafePointer(factors.floatPointer), residual: nil,
            residual_bytes: (bytes?.unsafePointer.assumingMemoryBound(to: UInt8.self)).map { UnsafePointer($0) },
            residual_affine: rounding?.affine ?? nn_affine(), activation: operation.activation.kernelCode,
            slope: operation.activation.slope, quantizes: operation.output == nil ? 0 : 1,
            output_affine: operation.output?.affine ?? nn_affine())
        var window = window
        nn_quantized_convolve(
            &window, instructions, images.unsafePointer.assumingMemoryBound(to: UInt8.self),
            Int32(operation.images.zeroPoint), packed.unsafePointer, &epilogue, output.unsafePointer)
        withExtendedLifetime((images, bytes, factors, bias, packed)) {}
    }
}

extension Tensor {
    /// Convolves images in 8 bits, normalizes by running statistics, adds a residual and activates.
    ///
    /// No gradient can be taken.
    /// - Parameters:
    ///   - weight: `[O, C / groups, KH, KW]`.
    ///   - bias: `[O]`, float32, where the convolution has one.
    ///   - images: How this tensor is rounded.
    ///   - residual: `[N, OH, OW, O]`, added before the activation, and how it is rounded.
    /// - Returns: `[N, OH, OW, O]` in the type of the images.
    @_spi(Kernels) public func quantizedConvolution(
        weight: QuantizedWeight, bias: Tensor? = nil, strides: Size = 1, padding: Padding = .valid,
        dilations: Size = 1, groups: Int = 1, images: AffineQuantization, normalization: ChannelNormalization? = nil,
        activation: Activation = .identity, residual: (tensor: Tensor, quantization: AffineQuantization)? = nil
    ) -> Tensor {
        let filters = QuantizedFilters.kept(with: weight, bias: bias, normalization: normalization, images: images)
        let operation = QuantizedConvolution(
            geometry: convolutionGeometry(
                weight: weight.bytes, strides: strides, padding: padding, dilations: dilations, groups: groups),
            activation: activation, images: images, residual: residual?.quantization)
        let inputs = [self, filters.weight.bytes, filters.weight.scales, filters.bias]
        return operation.apply(to: inputs + (residual.map { [$0.tensor] } ?? []))[0]
    }

    /// A linear layer in 8 bits: `[..., I]` by a weight `[O, I]` is `[..., O]`.
    ///
    /// - Parameter features: How this tensor is rounded.
    @_spi(Kernels) public func quantizedLinear(
        weight: QuantizedWeight, bias: Tensor? = nil, features: AffineQuantization
    ) -> Tensor {
        let outputs = weight.bytes.shape[0]
        let kernel = QuantizedWeight(
            bytes: weight.bytes.reshaped(Shape(weight.bytes.shape.dimensions + [1, 1])), scales: weight.scales)
        if rank == 4 { return quantizedConvolution(weight: kernel, bias: bias, images: features) }
        let pixels = reshaped([-1, 1, 1, shape[-1]])
        return pixels.quantizedConvolution(weight: kernel, bias: bias, images: features)
            .reshaped(Shape(shape.dropLast() + [outputs]))
    }
}
