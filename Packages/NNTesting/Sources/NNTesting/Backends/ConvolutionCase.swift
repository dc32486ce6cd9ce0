import NNCore

/// One convolution with numbers for all that goes in, and plain loops for what must come out.
struct ConvolutionCase: CustomStringConvertible {
    var images = 2
    var size: Size
    var inputChannels: Int
    var outputChannels: Int
    var kernel: Size
    var geometry: ConvolutionGeometry
    var dataType: DataType

    var inputShape: Shape { [images, size.height, size.width, inputChannels] }
    var weightShape: Shape { [outputChannels, inputChannels / geometry.groups, kernel.height, kernel.width] }
    var outputShape: Shape {
        let output = geometry.outputSize(input: size, kernel: kernel)
        return [images, output.height, output.width, outputChannels]
    }

    var description: String {
        "\(dataType) \(inputShape) with \(weightShape), stride \(geometry.strides), dilation \(geometry.dilations), "
            + "padding \(geometry.padding.top) \(geometry.padding.bottom) \(geometry.padding.left) "
            + "\(geometry.padding.right), \(geometry.groups) groups"
    }

    /// Calls `body` for every product that the convolution sums: flat indices into output, input, weight.
    func forEachProduct(_ body: (_ output: Int, _ input: Int, _ weight: Int) -> Void) {
        let (output, groupInputs) = (outputShape, weightShape[1])
        let groupOutputs = outputChannels / geometry.groups
        for n in 0..<images {
            for oy in 0..<output[1] {
                for ox in 0..<output[2] {
                    for kh in 0..<kernel.height {
                        let y = oy * geometry.strides.height + kh * geometry.dilations.height - geometry.padding.top
                        guard (0..<size.height).contains(y) else { continue }
                        for kw in 0..<kernel.width {
                            let x = ox * geometry.strides.width + kw * geometry.dilations.width - geometry.padding.left
                            guard (0..<size.width).contains(x) else { continue }
                            for o in 0..<outputChannels {
                                for c in 0..<groupInputs {
                                    body(
                                        ((n * output[1] + oy) * output[2] + ox) * outputChannels + o,
                                        ((n * size.height + y) * size.width + x) * inputChannels
                                            + o / groupOutputs * groupInputs + c,
                                        ((o * groupInputs + c) * kernel.height + kh) * kernel.width + kw)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Every kind of convolution that a backend may be asked for, odd sizes first.
    static func all(_ dataType: DataType) -> [ConvolutionCase] {
        func make(
            _ size: Size, _ inputs: Int, _ outputs: Int, _ kernel: Size, stride: Size = 1, dilation: Size = 1,
            padding: EdgeInsets = 0, groups: Int = 1, images: Int = 2
        ) -> ConvolutionCase {
            ConvolutionCase(
                images: images, size: size, inputChannels: inputs, outputChannels: outputs, kernel: kernel,
                geometry: ConvolutionGeometry(strides: stride, dilations: dilation, padding: padding, groups: groups),
                dataType: dataType)
        }
        let uneven = EdgeInsets(top: 0, bottom: 1, left: 2, right: 1)
        return [
            make(Size(height: 7, width: 9), 3, 5, 3),
            make(Size(height: 7, width: 9), 3, 5, 3, padding: 1),
            make(Size(height: 8, width: 5), 4, 16, 3, stride: 2, padding: 1),
            make(Size(height: 11, width: 7), 16, 32, 3, stride: 2, padding: 1),
            make(Size(height: 9, width: 10), 16, 7, 3, dilation: 2, padding: 2),
            make(Size(height: 13, width: 11), 5, 16, 3, dilation: 4, padding: 4),
            make(Size(height: 12, width: 13), 6, 4, 3, stride: 2, dilation: 2, padding: 2),
            make(Size(height: 6, width: 5), 3, 4, 1),
            make(Size(height: 7, width: 7), 32, 64, 1, stride: 2),
            make(Size(height: 15, width: 14), 3, 16, 7, stride: 2, padding: 3),
            make(Size(height: 9, width: 8), 2, 3, 5, stride: 3, padding: 2),
            make(Size(height: 8, width: 9), 4, 6, Size(height: 1, width: 3), padding: uneven),
            make(
                Size(height: 8, width: 9), 4, 6, Size(height: 3, width: 2), stride: Size(height: 2, width: 1),
                dilation: Size(height: 1, width: 2)),
            make(Size(height: 7, width: 6), 4, 6, 3, padding: 1, groups: 2),
            make(Size(height: 5, width: 6), 32, 32, 3, stride: 2, padding: 1, groups: 4),
            make(Size(height: 9, width: 7), 5, 5, 3, padding: 1, groups: 5),
            make(Size(height: 9, width: 7), 32, 32, 3, stride: 2, padding: 1, groups: 32),
            make(Size(height: 13, width: 17), 24, 24, 3, dilation: 4, padding: 4, groups: 24),
            make(Size(height: 13, width: 12), 7, 7, 3, stride: 2, dilation: 2, padding: 2, groups: 7),
            make(Size(height: 6, width: 6), 4, 8, 3, padding: 1, groups: 4),
            make(Size(height: 1, width: 1), 3, 4, 1, images: 1),
            make(Size(height: 2, width: 3), 3, 4, 3, padding: 1, images: 1),
        ]
    }
}
