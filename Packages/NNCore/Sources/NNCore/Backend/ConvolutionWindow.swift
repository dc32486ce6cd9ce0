import CNNKernels

/// The sizes of a convolution as the C kernels want them.
struct ConvolutionWindow: Sendable {
    let input: Shape
    let weight: Shape
    let geometry: ConvolutionGeometry
    let dataType: DataType
    let outputSize: Size

    init(input: Shape, weight: Shape, geometry: ConvolutionGeometry, dataType: DataType) {
        self.input = input
        self.weight = weight
        self.geometry = geometry
        self.dataType = dataType
        outputSize = geometry.outputSize(
            input: Size(height: input[1], width: input[2]), kernel: Size(height: weight[2], width: weight[3]))
    }

    var images: Int { input[0] }
    var inputs: Int { input[3] }
    var outputs: Int { weight[0] }
    var groupInputs: Int { weight[1] }
    var groupOutputs: Int { weight[0] / geometry.groups }
    var kernelArea: Int { weight[2] * weight[3] }
    /// The number of values under one window.
    var taps: Int { kernelArea * groupInputs }
    var outputPixels: Int { input[0] * outputSize.area }
    var outputShape: Shape { [images, outputSize.height, outputSize.width, outputs] }
    /// One filter for each channel.
    var isDepthwise: Bool { geometry.groups == inputs && groupInputs == 1 && outputs == inputs && inputs > 1 }

    /// Whether the images are the rows of windows as they lie in memory.
    var isMatrix: Bool {
        kernelArea == 1 && geometry.strides == 1 && geometry.padding == 0 && geometry.groups == 1
            && dataType == .float32
    }

    /// How many pixels are laid in rows at once: 256 KiB of them, a quarter of a second-level cache.
    func tile(columns: Int) -> Int { max(1, min(65536 / max(columns, 1), 1024)) }

    /// For the kernels; the channels of a group, or all of them for a depthwise convolution.
    func description(group: Int = 0, of dataType: DataType) -> nn_filter {
        nn_filter(
            height: Int64(input[1]), width: Int64(input[2]), channels: Int64(inputs),
            first_channel: Int64(isDepthwise ? 0 : group * groupInputs),
            group_channels: Int64(isDepthwise ? inputs : groupInputs), kernel_height: Int64(weight[2]),
            kernel_width: Int64(weight[3]), stride_height: Int64(geometry.strides.height),
            stride_width: Int64(geometry.strides.width), dilation_height: Int64(geometry.dilations.height),
            dilation_width: Int64(geometry.dilations.width), padding_top: Int64(geometry.padding.top),
            padding_left: Int64(geometry.padding.left), output_height: Int64(outputSize.height),
            output_width: Int64(outputSize.width), is_bfloat16: dataType == .bfloat16 ? 1 : 0)
    }

    /// The filters of a depthwise convolution with channels innermost: `[KH, KW, C]`.
    func depthwiseFilters(_ weight: Tensor) -> Tensor {
        weight.packedForms.form(for: FilterOrder.depthwise(weight.shape)) {
            weight.detached.reshaped([outputs, kernelArea]).transposed([1, 0])
        }
    }

    /// The filters as `nn_convolve` reads them, or those of the gradient by the input.
    func packedFilters(_ weight: Tensor, isGradient: Bool) -> Tensor {
        weight.packedForms.form(
            for: FilterOrder.panels(weight.shape, groups: geometry.groups, isGradient: isGradient)
        ) {
            var description = description(of: .float32)
            let (groups, outputs) = (Int64(geometry.groups), Int64(groupOutputs))
            let direction: Int32 = isGradient ? 1 : 0
            let size = nn_convolve_packed_size(&description, groups, outputs, direction)
            let packed = Tensor(uninitialized: [Int(size)])
            nn_convolve_pack(&description, groups, outputs, direction, weight.floatPointer, packed.floatPointer)
            return packed
        }
    }
}

/// With the shape of the weight, since a reshaped tensor shares its storage, and what is kept with that.
private enum FilterOrder: Hashable, Sendable {
    case depthwise(Shape)
    case panels(Shape, groups: Int, isGradient: Bool)
}

extension ConvolutionEpilogue {
    /// For the kernels, with the residual in the type that they write.
    func kernelEpilogue(residual: Tensor?) -> nn_convolution_epilogue {
        nn_convolution_epilogue(
            bias: bias?.floatPointer, residual: residual?.unsafePointer, activation: activation.kernelCode,
            slope: activation.slope)
    }
}

/// An address that may be used on several threads.
struct SharedAddress: @unchecked Sendable {
    // Sendable: each thread writes a part of its own, and the tensor outlives `Engine.parallel`, which waits for all.
    let raw: UnsafeMutableRawPointer
    var floats: UnsafeMutablePointer<Float> { raw.assumingMemoryBound(to: Float.self) }
}

extension Tensor {
    var address: SharedAddress { SharedAddress(raw: unsafePointer) }
    /// The first value of a float32 tensor.
    var floatPointer: UnsafeMutablePointer<Float> { unsafePointer.assumingMemoryBound(to: Float.self) }
}
