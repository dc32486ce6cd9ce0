import NNLayers

/// A network that looks at each image in several scales, and mirrored, and gives the mean of its logits.
///
/// The mean of logits is the logarithm of the geometric mean of probabilities, so it fits one sigmoid
/// output as well as many classes.
public final class TestTimeAugmentation: Layer {
    @Child("") public var network: any Layer
    /// The factors by which height and width are multiplied.
    public let scales: [Float]
    /// Whether images are also seen with left and right exchanged.
    public let flips: Bool

    public init(_ network: any Layer, scales: [Float] = [1], flips: Bool = true) {
        require(!scales.isEmpty, "TestTimeAugmentation: no scales")
        for scale in scales { require(scale, .positive, "TestTimeAugmentation: a scale") }
        self.scales = scales
        self.flips = flips
        self.network = network
    }

    /// - Parameter input: `[N, H, W, 3]`
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
    /// The size with both sides multiplied, at least 1 pixel each.
    func scaled(by factor: Float) -> Size {
        func scaled(_ length: Int) -> Int { max(Int((Float(length) * factor).rounded()), 1) }
        return Size(height: scaled(height), width: scaled(width))
    }
}

extension Tensor {
    /// `[N, H, W, C]` with left and right exchanged.
    func mirrored() -> Tensor {
        gathered(indices: Tensor((0..<Int32(shape[2])).reversed()), axis: 2)
    }
}
