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
    var inputPixels: Int { input[0] * input[1] * input[2] }
    var outputPixels: Int { input[0] * outputSize.area }
    var outputShape: Shape { [images, outputSize.height, outputSize.width, outputs] }
    /// One filter for each channel.
    var isDepthwise: Bool { geometry.groups == inputs && groupInputs == 1 && outputs == inputs && inputs > 1 }

    /// How many pixels are laid in rows at once: 256 KiB of them, a quarter of a second-level cache.
    func tile(columns: Int) -> Int { max(1, min(65536 / max(columns, 1), 1024)) }

    /// For the kernels; a group's channels, or all of them for a depthwise convolution.
    func description(group: Int?) -> nn_filter {
        nn_filter(
            height: Int64(input[1]), width: Int64(input[2]), channels: Int64(inputs),
            first_channel: Int64((group ?? 0) * groupInputs),
            group_channels: Int64(group == nil ? inputs : groupInputs), kernel_height: Int64(weight[2]),
            kernel_width: Int64(weight[3]), stride_height: Int64(geometry.strides.height),
            stride_width: Int64(geometry.strides.width), dilation_height: Int64(geometry.dilations.height),
            dilation_width: Int64(geometry.dilations.width), padding_top: Int64(geometry.padding.top),
            padding_left: Int64(geometry.padding.left), output_height: Int64(outputSize.height),
            output_width: Int64(outputSize.width), is_bfloat16: dataType == .bfloat16 ? 1 : 0)
    }

    /// The same with the channels of the output, which the gradient by the input reads.
    func gradientDescription(group: Int) -> nn_filter {
        var result = description(group: group)
        result.channels = Int64(outputs)
        result.first_channel = Int64(group * groupOutputs)
        result.group_channels = Int64(groupOutputs)
        return result
    }

    /// The filters with channels innermost: `[O, KH, KW, I]`, or `[KH, KW, C]` where they are depthwise.
    func packedFilters(_ weight: Tensor) -> Tensor {
        weight.packedForms.form(for: isDepthwise ? FilterOrder.depthwise(weight.shape) : .outputFirst(weight.shape)) {
            let plain = weight.detached
            return isDepthwise
                ? plain.reshaped([outputs, kernelArea]).transposed([1, 0]) : plain.transposed([0, 2, 3, 1])
        }
    }

    /// The filters of each group as `[G, KH, KW, O / G, I / G]`.
    func filtersByTap(_ weight: Tensor) -> Tensor {
        weight.packedForms.form(for: FilterOrder.tapFirst(weight.shape, groups: geometry.groups)) {
            weight.detached.reshaped([geometry.groups, groupOutputs, groupInputs, weight.shape[2], weight.shape[3]])
                .transposed([0, 3, 4, 1, 2])
        }
    }
}

/// With the shape of the weight, since a reshaped tensor shares its storage, and what is kept with that.
private enum FilterOrder: Hashable, Sendable {
    case outputFirst(Shape)
    case depthwise(Shape)
    case tapFirst(Shape, groups: Int)
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
