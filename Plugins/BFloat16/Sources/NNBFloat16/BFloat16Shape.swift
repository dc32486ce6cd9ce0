import CNNBFloat16
import NNCore

/// A convolution that the kernels can calculate: any window, stride, dilation and padding, with one group.
struct BFloat16Shape {
    let input: Shape
    let weight: Shape
    let output: Shape
    let geometry: ConvolutionGeometry

    /// Nil if they cannot, or if there is nothing to calculate.
    init?(input: Shape, weight: Shape, _ geometry: ConvolutionGeometry) {
        guard geometry.groups == 1, input.elementCount > 0, weight.elementCount > 0 else { return nil }
        let size = geometry.outputSize(
            input: Size(height: input[1], width: input[2]), kernel: Size(height: weight[2], width: weight[3]))
        guard size.height > 0, size.width > 0 else { return nil }
        self.input = input
        self.weight = weight
        self.geometry = geometry
        output = [input[0], size.height, size.width, weight[0]]
    }

    var inputChannels: Int { weight[1] }
    var outputChannels: Int { weight[0] }
    var inputPixels: Int { input[0] * input[1] * input[2] }
    var outputPixels: Int { output[0] * output[1] * output[2] }
    /// The multiplications of the convolution and of each of its gradients.
    var multiplications: Int { outputPixels * weight.elementCount }
    /// Whether Winograd's method can calculate it.
    var isDense3x3: Bool {
        weight[2] == 3 && weight[3] == 3 && geometry.strides == 1 && geometry.dilations == 1
    }

    var forKernels: nn_bf16_shape {
        nn_bf16_shape(
            images: Int64(input[0]), height: Int64(input[1]), width: Int64(input[2]), channels: Int64(input[3]),
            out_height: Int64(output[1]), out_width: Int64(output[2]), out_channels: Int64(output[3]),
            rows: Int64(weight[2]), columns: Int64(weight[3]), stride_y: Int64(geometry.strides.height),
            stride_x: Int64(geometry.strides.width), dilation_y: Int64(geometry.dilations.height),
            dilation_x: Int64(geometry.dilations.width), top: Int64(geometry.padding.top),
            left: Int64(geometry.padding.left))
    }
}
