import NNLayers

/// A network that averages its logits over several scales of an image, and over horizontal flips.
///
/// The mean of logits is the logarithm of the geometric mean of probabilities up to a constant, so it suits a
/// sigmoid as well as a softmax.
public final class TestTimeAugmentation: Layer {
    /// The network to average, under whose names parameters are saved.
    @Child("") public var network: any Layer
    /// The factors by which height and width are multiplied.
    public let scales: [Float]
    /// Whether horizontally flipped images are predicted too.
    public let flips: Bool

    /// Averages over flips at the original scale by default.
    /// - Parameters:
    ///   - network: The network to average.
    ///   - scales: One or more factors of height and width, above 0 and up to 8.
    ///   - flips: Whether horizontally flipped images are predicted too.
    public init(_ network: any Layer, scales: [Float] = [1], flips: Bool = true) {
        requireOptions("TestTimeAugmentation") { try InferenceOptions.check(scales: scales) }
        self.scales = scales
        self.flips = flips
        self.network = network
    }

    /// Predicts images.
    /// - Parameters:
    ///   - input: `[N, H, W, C]`
    ///   - context: Inference, with its precision.
    /// - Returns: `[N, classes]`, or `[N, H, W, classes]` for segmentation; float32.
    public func forward(_ input: Tensor, context: Context) -> Tensor {
        let size = Size(height: input.shape[1], width: input.shape[2])
        var sum: Tensor?
        for scale in scales {
            let images = input.resized(to: size.scaled(by: scale), method: .bilinear())
            for isFlipped in flips ? [false, true] : [false] {
                var logits = network(isFlipped ? images.mirrored() : images, context).cast(to: .float32)
                if logits.rank == 4 {
                    if isFlipped { logits = logits.mirrored() }
                    logits = logits.resized(to: size, method: .bilinear())
                }
                sum = sum.map { $0 + logits } ?? logits
            }
        }
        return sum! / Float(scales.count * (flips ? 2 : 1))
    }
}

extension Size {
    /// The size with both sides scaled, to at least 1 pixel each.
    func scaled(by factor: Float) -> Size {
        func scaled(_ length: Int) -> Int { max(Int((Float(length) * factor).rounded()), 1) }
        return Size(height: scaled(height), width: scaled(width))
    }
}

extension Tensor {
    /// `[N, H, W, C]`, flipped horizontally.
    func mirrored() -> Tensor {
        gathered(indices: Tensor((0..<Int32(shape[2])).reversed()), axis: 2)
    }
}
