/// The last layers of a segmentation head: dropout, a convolution to the classes that is named `conv_seg` as in
/// MMSegmentation, and resizing to the size of the images.
///
/// The convolution comes before resizing, where it costs least; with a 1x1 kernel the two commute.
public final class PixelClassifier: Module {
    @Child public var dropout: Dropout?
    @Child("conv_seg") public var convolution: Conv2D

    private let interpolation: Interpolation

    /// - Parameter kernel: Odd.
    public init(
        inputChannels: Int, classCount: Int, kernel: Int = 1, hasBias: Bool = true, dropout: Float = 0,
        interpolation: Interpolation
    ) {
        self.dropout = dropout > 0 ? Dropout(probability: dropout) : nil
        self.interpolation = interpolation
        convolution = Conv2D(
            inputChannels: inputChannels, outputChannels: classCount, kernel: Size(kernel),
            padding: .half(of: Size(kernel)), hasBias: hasBias, initializer: .glorotUniform)
    }

    /// Returns logits `[N, H, W, classes]` at the size of the images.
    public func callAsFunction(_ map: Tensor, imageSize: Size, _ context: Context) -> Tensor {
        scores(of: map, context).resized(to: imageSize, by: interpolation)
    }

    /// Returns logits `[N, H, W, classes]` at the size of the map.
    public func scores(of map: Tensor, _ context: Context) -> Tensor {
        convolution(dropout?(map, context) ?? map, context)
    }
}
