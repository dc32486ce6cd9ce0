import NNDatasets
import NNLayers

/// Finds out by shapes alone whether a network can take images of a size, once for each size.
///
/// The pictures of a data set may differ in size, and one may be too small for the strides of a network. That is
/// an error of the picture then, and not of the program.
struct InputProof {
    private var proven: Set<Size> = []

    /// - Parameters:
    ///   - images: `[N, H, W, C]`
    ///   - name: What the error calls them.
    /// - Throws: `ImageError`
    mutating func check(
        _ network: any Layer, takes images: Tensor, precision: Precision, name: String
    ) throws(ImageError) {
        try check(images, precision: precision, name: name) { _ = network($0, $1) }
    }

    /// As for a network, for any calculation.
    mutating func check(
        _ images: Tensor, precision: Precision, name: String, by calculation: (Tensor, Context) -> Void
    ) throws(ImageError) {
        let size = Size(height: images.shape[1], width: images.shape[2])
        guard !proven.contains(size) else { return }
        let trace = Trace()
        // In inference, since normalization would take note of what it sees in training.
        withoutGradients { calculation(trace.input(images.specification), .inference(precision: precision)) }
        if let failure = trace.failure {
            throw ImageError(
                file: name, reason: "the network cannot take an image of \(size) pixels (\(failure))",
                remedy: "Resize or pad pictures in the transforms of 'data'; windows and scales must not be too small")
        }
        proven.insert(size)
    }
}
