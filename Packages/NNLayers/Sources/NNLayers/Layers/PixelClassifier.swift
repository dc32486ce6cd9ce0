/// The last layers of a segmentation head: dropout, a convolution to the classes, named `conv_seg` as in
/// MMSegmentation, and resizing to the size of the images.
///
/// The convolution runs before resizing, where it costs least; with a 1x1 kernel the two commute.
public final class PixelClassifier: Module {
    /// The dropout before the convolution; nil for none.
    @Child public var dropout: Dropout?
    /// The convolution to the classes.
    @Child("conv_seg") public var convolution: Conv2D

    private let interpolation: Interpolation

    /// The last layers for a map `[N, H, W, inputChannels]`.
    /// - Parameters:
    ///   - classes: The number of classes.
    ///   - kernel: The size of the convolution's kernel; odd.
    ///   - hasBias: Whether the convolution has a bias.
    ///   - dropout: The fraction of the map's elements that training drops.
    ///   - interpolation: How logits are resized.
    public init(
        inputChannels: Int, classes: Int, kernel: Int = 1, hasBias: Bool = true, dropout: Float = 0,
        interpolation: Interpolation = .bilinear
    ) {
        requireOptions("PixelClassifier") {
            try OptionError.check("classes", classes, .count)
            try OptionError.check("dropout", dropout, .fractionBelowOne)
        }
        self.dropout = dropout > 0 ? Dropout(probability: dropout) : nil
        self.interpolation = interpolation
        convolution = Conv2D(
            inputChannels: inputChannels, outputChannels: classes, kernel: Size(kernel),
            padding: .half(of: Size(kernel)), hasBias: hasBias, initializer: .glorotUniform)
    }

    /// Returns logits `[N, H, W, classes]` at the size of the images.
    /// - Parameter map: `[N, H, W, C]`, usually smaller than the images.
    public func callAsFunction(_ map: Tensor, imageSize: Size, _ context: Context) -> Tensor {
        logits(of: map, context).resized(to: imageSize, by: interpolation)
    }

    /// Returns logits `[N, H, W, classes]` at the size of the map.
    /// - Parameter map: `[N, H, W, C]`.
    public func logits(of map: Tensor, _ context: Context) -> Tensor {
        convolution(dropout?(map, context) ?? map, context)
    }
}
