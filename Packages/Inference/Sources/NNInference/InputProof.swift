import NNDatasets
import NNLayers

/// Checks by shapes whether a network accepts images of a size, once for each size.
///
/// The images of a data set may differ in size, and one may be too small for the strides of a network, which is bad
/// input and not a programming mistake.
@_spi(Internal) public struct InputProof {
    private var proven: Set<Size> = []

    /// Nothing is proven yet.
    public init() {}

    /// Checks a network.
    /// - Parameters:
    ///   - network: Takes the images.
    ///   - images: `[N, H, W, C]`
    ///   - precision: The type of activations.
    ///   - name: The name of the images in the error.
    /// - Throws: `ImageError` if the network does not accept the size.
    public mutating func check(
        _ network: any Layer, takes images: Tensor, precision: Precision, name: String
    ) throws(ImageError) {
        try check(images, precision: precision, name: name) { _ = network($0, $1) }
    }

    /// Checks any function of images in the same way.
    /// - Throws: `ImageError` if the function does not accept the size.
    public mutating func check(
        _ images: Tensor, precision: Precision, name: String, by function: (Tensor, Context) -> Void
    ) throws(ImageError) {
        let size = Size(height: images.shape[1], width: images.shape[2])
        guard !proven.contains(size) else { return }
        let trace = Trace()
        // In inference mode, since normalization would update its statistics in training mode.
        withoutGradients { function(trace.input(images.specification), .inference(precision: precision)) }
        if let failure = trace.failure {
            throw ImageError(
                file: name, reason: "the network does not accept an image of \(size) pixels (\(failure))",
                remedy: "Resize or pad images in the transforms of 'data'; windows and scales must not be too small")
        }
        proven.insert(size)
    }
}
