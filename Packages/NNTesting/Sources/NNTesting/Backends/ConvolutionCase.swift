import NNCore

/// The sizes of one convolution.
struct ConvolutionCase: CustomStringConvertible {
    var images = 2
    var size: Size
    var inputChannels: Int
    var outputChannels: Int
    var kernel: Size
    var geometry: ConvolutionGeometry
    var dataType = DataType.float32
    /// Whether some channels have values of down to a ten-millionth of the others'.
    var isGraded = false

    var inputShape: Shape { [images, size.height, size.width, inputChannels] }
    var weightShape: Shape { [outputChannels, inputChannels / geometry.groups, kernel.height, kernel.width] }
    var outputShape: Shape {
        let output = geometry.outputSize(input: size, kernel: kernel)
        return [images, output.height, output.width, outputChannels]
    }

    var description: String {
        let padding = geometry.padding
        return "\(dataType)\(inputShape) with \(weightShape), stride \(geometry.strides), dilation "
            + "\(geometry.dilations), padding \(padding.top) \(padding.bottom) \(padding.left) \(padding.right), "
            + "\(geometry.groups) groups\(isGraded ? ", graded channels" : "")"
    }

    func with(_ dataType: DataType, isGraded: Bool = false) -> ConvolutionCase {
        var result = self
        result.dataType = dataType
        result.isGraded = isGraded
        return result
    }

    init(
        _ size: Size, _ inputs: Int, _ outputs: Int, _ kernel: Size, stride: Size = 1, dilation: Size = 1,
        padding: EdgeInsets = 0, groups: Int = 1, images: Int = 2
    ) {
        self.images = images
        self.size = size
        inputChannels = inputs
        outputChannels = outputs
        self.kernel = kernel
        geometry = ConvolutionGeometry(strides: stride, dilations: dilation, padding: padding, groups: groups)
    }
}

// A literal of pairs for sizes and edges keeps the tables below readable, and quick to compile.
private func pixels(_ height: Int, _ width: Int) -> Size { Size(height: height, width: width) }
private func edges(_ top: Int, _ bottom: Int, _ left: Int, _ right: Int) -> EdgeInsets {
    EdgeInsets(top: top, bottom: bottom, left: left, right: right)
}

extension ConvolutionCase {
    /// Geometries that libraries have separate code for; each is held with every activation.
    static let main: [ConvolutionCase] = [
        ConvolutionCase(pixels(5, 7), 16, 16, 3, padding: 1),
        ConvolutionCase(pixels(7, 6), 17, 19, 3, stride: 2, padding: 1),
        ConvolutionCase(pixels(9, 8), 16, 16, 3, dilation: 2, padding: 2),
        ConvolutionCase(pixels(6, 7), 8, 12, 3, padding: 1, groups: 2),
        ConvolutionCase(pixels(7, 5), 32, 32, 3, padding: 1, groups: 32),
        ConvolutionCase(pixels(6, 5), 6, 6, 3, stride: 2, padding: 1, groups: 6),
        ConvolutionCase(pixels(6, 5), 5, 7, 3),
        ConvolutionCase(pixels(5, 6), 3, 5, 1, images: 1),
        ConvolutionCase(pixels(5, 4), 32, 48, 1, stride: 2),
        ConvolutionCase(pixels(7, 9), 4, 6, 5, padding: edges(3, 0, 1, 2)),
        ConvolutionCase(pixels(4, 4), 1, 1, pixels(1, 3), padding: 1, images: 1),
    ]

    /// Every kind of convolution that a backend may be asked for, so that none is left to chance.
    static let kinds: [ConvolutionCase] = [
        channels, pointwise, kernels, windows, paddings, groups, sizes,
    ].flatMap { $0 }

    private static let channels: [ConvolutionCase] = [
        ConvolutionCase(pixels(7, 9), 1, 8, 3, padding: 1),
        ConvolutionCase(pixels(7, 9), 2, 8, 3, padding: 1),
        ConvolutionCase(pixels(7, 9), 3, 5, 3, padding: 1),
        ConvolutionCase(pixels(7, 6), 16, 1, 3, padding: 1),
        ConvolutionCase(pixels(7, 6), 9, 2, 3, padding: 1),
        ConvolutionCase(pixels(5, 6), 33, 8, 3, padding: 1),
        ConvolutionCase(pixels(5, 4), 48, 17, 3, padding: 1),
        ConvolutionCase(pixels(4, 5), 16, 80, 3, padding: 1),
        ConvolutionCase(pixels(4, 4), 72, 65, 3, padding: 1, images: 1),
        ConvolutionCase(pixels(4, 5), 130, 8, 1),
        ConvolutionCase(pixels(7, 5), 40, 40, 3, padding: 1, groups: 40),
        ConvolutionCase(pixels(5, 5), 67, 67, 3, padding: 1, groups: 67),
    ]

    private static let pointwise: [ConvolutionCase] = [
        ConvolutionCase(pixels(6, 5), 3, 4, 1),
        ConvolutionCase(pixels(7, 7), 32, 64, 1, stride: 2),
        ConvolutionCase(pixels(7, 6), 3, 5, 1, stride: 2),
        ConvolutionCase(pixels(8, 7), 16, 16, 1, stride: 3),
        ConvolutionCase(pixels(6, 5), 8, 12, 1, groups: 4),
        ConvolutionCase(pixels(5, 4), 16, 16, 1, padding: 1),
        ConvolutionCase(pixels(5, 6), 17, 33, 1),
        ConvolutionCase(pixels(5, 6), 9, 9, 1, groups: 9),
    ]

    private static let kernels: [ConvolutionCase] = [
        ConvolutionCase(pixels(6, 7), 4, 5, 2),
        ConvolutionCase(pixels(7, 8), 4, 5, 4, padding: 1),
        ConvolutionCase(pixels(8, 7), 6, 5, 5, padding: 2),
        ConvolutionCase(pixels(8, 9), 3, 4, 6, padding: 3),
        ConvolutionCase(pixels(9, 8), 4, 5, 7, padding: 3),
        ConvolutionCase(pixels(9, 11), 3, 16, 7, stride: 2, padding: 3),
        ConvolutionCase(pixels(6, 9), 5, 6, pixels(1, 7), padding: edges(0, 0, 3, 3)),
        ConvolutionCase(pixels(9, 6), 5, 6, pixels(7, 1), padding: edges(3, 3, 0, 0)),
        ConvolutionCase(pixels(7, 6), 5, 6, pixels(3, 1), padding: edges(1, 1, 0, 0)),
        ConvolutionCase(pixels(7, 6), 5, 6, pixels(1, 3), padding: edges(0, 0, 1, 1)),
        ConvolutionCase(pixels(8, 9), 4, 6, pixels(3, 2), stride: pixels(2, 1), dilation: pixels(1, 2)),
        ConvolutionCase(pixels(9, 7), 6, 6, 5, padding: 2, groups: 6),
        ConvolutionCase(pixels(9, 8), 18, 18, 5, stride: 2, padding: 2, groups: 18),
        ConvolutionCase(pixels(9, 8), 5, 5, 7, padding: 3, groups: 5),
    ]

    private static let windows: [ConvolutionCase] = [
        ConvolutionCase(pixels(11, 7), 16, 32, 3, stride: 2, padding: 1),
        ConvolutionCase(pixels(9, 8), 2, 3, 5, stride: 3, padding: 2),
        ConvolutionCase(pixels(13, 11), 4, 6, 3, stride: 4, padding: 1),
        ConvolutionCase(pixels(7, 9), 4, 6, 3, stride: pixels(1, 2), padding: 1),
        ConvolutionCase(pixels(9, 7), 4, 6, 3, stride: pixels(3, 1), padding: 1),
        ConvolutionCase(pixels(9, 8), 4, 6, 2, stride: 3),
        ConvolutionCase(pixels(10, 9), 6, 6, 2, stride: 4, groups: 6),
        ConvolutionCase(pixels(11, 10), 5, 6, 3, dilation: 3, padding: 3),
        ConvolutionCase(pixels(13, 11), 5, 16, 3, dilation: 4, padding: 4),
        ConvolutionCase(pixels(13, 14), 3, 4, 3, dilation: 6, padding: 6),
        ConvolutionCase(pixels(11, 9), 4, 5, 3, dilation: pixels(2, 3), padding: edges(2, 2, 3, 3)),
        ConvolutionCase(pixels(12, 13), 6, 4, 3, stride: 2, dilation: 2, padding: 2),
        ConvolutionCase(pixels(13, 12), 7, 7, 3, stride: 2, dilation: 2, padding: 2, groups: 7),
        ConvolutionCase(pixels(13, 17), 24, 24, 3, dilation: 4, padding: 4, groups: 24),
        ConvolutionCase(pixels(9, 8), 8, 12, 3, dilation: 2, padding: 2, groups: 4),
    ]

    private static let paddings: [ConvolutionCase] = [
        ConvolutionCase(pixels(8, 9), 4, 6, pixels(1, 3), padding: edges(0, 1, 2, 1)),
        ConvolutionCase(pixels(8, 7), 4, 6, 3, stride: 2, padding: edges(0, 1, 0, 1)),
        ConvolutionCase(pixels(7, 8), 4, 6, 3, padding: edges(2, 0, 1, 0)),
        ConvolutionCase(pixels(7, 8), 4, 6, 3, padding: 2),
        ConvolutionCase(pixels(5, 4), 4, 6, 3, padding: edges(4, 3, 3, 5)),
        ConvolutionCase(pixels(8, 7), 16, 16, 3, stride: 2, padding: edges(0, 1, 1, 2), groups: 16),
        ConvolutionCase(pixels(8, 7), 5, 5, 3, padding: edges(2, 0, 2, 1), groups: 5),
        ConvolutionCase(pixels(8, 7), 4, 6, 3, dilation: 2, padding: edges(1, 3, 0, 2)),
        ConvolutionCase(pixels(2, 3), 3, 4, 3, padding: 1, images: 1),
        ConvolutionCase(pixels(3, 2), 4, 6, 7, padding: 3),
        ConvolutionCase(pixels(3, 4), 6, 6, 5, padding: 2, groups: 6),
    ]

    private static let groups: [ConvolutionCase] = [
        ConvolutionCase(pixels(7, 6), 4, 6, 3, padding: 1, groups: 2),
        ConvolutionCase(pixels(6, 7), 9, 12, 3, padding: 1, groups: 3),
        ConvolutionCase(pixels(5, 6), 32, 32, 3, stride: 2, padding: 1, groups: 4),
        ConvolutionCase(pixels(6, 6), 4, 8, 3, padding: 1, groups: 4),
        ConvolutionCase(pixels(6, 6), 5, 15, 3, stride: 2, padding: 1, groups: 5),
        ConvolutionCase(pixels(6, 6), 12, 6, 3, padding: 1, groups: 6),
        ConvolutionCase(pixels(5, 6), 48, 32, 3, padding: 1, groups: 2),
        ConvolutionCase(pixels(7, 5), 16, 16, 3, stride: 2, padding: 1, groups: 16),
    ]

    private static let sizes: [ConvolutionCase] = [
        ConvolutionCase(pixels(5, 6), 4, 6, 3, padding: 1, images: 0),
        ConvolutionCase(pixels(5, 6), 4, 4, 3, padding: 1, groups: 4, images: 0),
        ConvolutionCase(pixels(5, 6), 4, 6, 3, padding: 1, images: 1),
        ConvolutionCase(pixels(5, 6), 4, 6, 3, padding: 1, images: 3),
        ConvolutionCase(pixels(4, 5), 4, 6, 3, stride: 2, padding: 1, images: 5),
        ConvolutionCase(pixels(4, 5), 6, 6, 3, padding: 1, groups: 6, images: 4),
        ConvolutionCase(pixels(20, 23), 3, 8, 3, padding: 1, images: 1),
        ConvolutionCase(pixels(24, 18), 8, 8, 3, padding: 1, groups: 8, images: 1),
        ConvolutionCase(pixels(2, 230), 4, 16, 3, padding: 1, images: 1),
        ConvolutionCase(pixels(3, 331), 3, 5, 3, stride: 2, padding: 1, images: 1),
        ConvolutionCase(pixels(260, 3), 3, 5, 3, padding: 1, images: 1),
        ConvolutionCase(pixels(1, 515), 2, 3, pixels(1, 5), padding: edges(0, 0, 2, 2), images: 1),
        ConvolutionCase(pixels(1, 9), 5, 6, 3, padding: 1),
        ConvolutionCase(pixels(9, 1), 5, 6, 3, padding: 1),
        ConvolutionCase(pixels(1, 1), 3, 4, 1, images: 1),
        ConvolutionCase(pixels(1, 1), 16, 20, 3, padding: 1),
    ]
}
