import CNNWinograd
import NNCore

/// A convolution that the kernels can calculate: 3x3, with stride 1, dilation 1, one group and padding of 0 to 2.
struct WinogradShape {
    let images: Int
    let inputSize: Size
    let outputSize: Size
    let inputChannels: Int
    let outputChannels: Int
    private let padding: EdgeInsets

    /// Nil if they cannot, or if there is nothing to calculate.
    init?(input: Shape, weight: Shape, _ geometry: ConvolutionGeometry) {
        let padding = geometry.padding
        let edges = [padding.top, padding.bottom, padding.left, padding.right]
        guard weight[2] == 3, weight[3] == 3, geometry.groups == 1, geometry.strides == 1, geometry.dilations == 1,
            edges.allSatisfy((0...2).contains), input.elementCount > 0, weight.elementCount > 0
        else { return nil }
        images = input[0]
        inputSize = Size(height: input[1], width: input[2])
        outputSize = geometry.outputSize(input: inputSize, kernel: 3)
        inputChannels = input[3]
        outputChannels = weight[0]
        self.padding = padding
        guard outputSize.height > 0, outputSize.width > 0 else { return nil }
    }

    /// `[N, OH, OW, O]`.
    var output: Shape { [images, outputSize.height, outputSize.width, outputChannels] }

    /// The convolution of images of this type.
    func forward(_ dataType: DataType) -> nn_winograd_shape {
        nn_winograd_shape(
            images: Int64(images), height: Int64(inputSize.height), width: Int64(inputSize.width),
            channels: Int64(inputChannels), out_height: Int64(outputSize.height), out_width: Int64(outputSize.width),
            out_channels: Int64(outputChannels), top: Int64(padding.top), left: Int64(padding.left),
            is_bfloat16: dataType == .bfloat16 ? 1 : 0)
    }

    /// Its gradient by the input: the convolution of the gradients of the outputs with the turned filters.
    func backward(_ dataType: DataType) -> nn_winograd_shape {
        nn_winograd_shape(
            images: Int64(images), height: Int64(outputSize.height), width: Int64(outputSize.width),
            channels: Int64(outputChannels), out_height: Int64(inputSize.height), out_width: Int64(inputSize.width),
            out_channels: Int64(inputChannels), top: Int64(2 - padding.top), left: Int64(2 - padding.left),
            is_bfloat16: dataType == .bfloat16 ? 1 : 0)
    }
}
