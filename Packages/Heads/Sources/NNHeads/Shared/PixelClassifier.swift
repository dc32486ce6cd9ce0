import NNLayers

/// One score a class for each pixel: dropout, a convolution that is named `conv_seg` as in
/// MMSegmentation, and resizing to the image.
///
/// The convolution comes before the resizing. With a kernel of 1 the two can be exchanged, and so it costs
/// least.
final class PixelClassifier: Module {
    @Child var dropout: Dropout?
    @Child var convolution: Conv2D

    private let interpolation: Interpolation

    init(
        inputChannels: Int, classCount: Int, kernel: Int = 1, hasBias: Bool = true, dropout: Float = 0,
        interpolation: Interpolation
    ) {
        _dropout = Child(wrappedValue: dropout > 0 ? Dropout(probability: dropout) : nil)
        _convolution = Child(
            wrappedValue: Conv2D(
                inputChannels: inputChannels, outputChannels: classCount, kernel: Size(kernel),
                padding: .half(of: Size(kernel)), hasBias: hasBias, initializer: .glorotUniform),
            "conv_seg")
        self.interpolation = interpolation
    }

    /// Makes logits `[N, H, W, classes]` at the size of the images.
    func callAsFunction(_ map: Tensor, imageSize: Size, _ context: Context) -> Tensor {
        scores(of: map, context).resized(to: imageSize, by: interpolation)
    }

    /// Makes logits at the size of the map.
    func scores(of map: Tensor, _ context: Context) -> Tensor {
        convolution(dropout?(map, context) ?? map, context)
    }
}
