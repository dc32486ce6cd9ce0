import NNDatasets
import NNLayers

/// Occlusion (Zeiler and Fergus 2014): the fall of the class's probability while a patch of the image's mean colour hides a
/// part, averaged over all patches that a pixel lies in.
struct Occlusion {
    /// The planned network.
    let network: any Layer
    /// The side of the patch; nil for the default.
    let patch: Int?
    /// The distance between patches; nil for the default.
    let stride: Int?
    let precision: Precision

    /// The pixels of a batch of hidden images, which bounds the memory.
    private static let batchArea = 32 * 224 * 224

    /// The map of a class on the pixels of the prepared image.
    /// - Parameter images: One image `[1, H, W, C]`, normalized.
    /// - Throws: `ImageError` for a patch that is larger than the image, and the errors of `subject`.
    func map(of images: Tensor, _ subject: ExplanationSubject) throws -> ExplanationMap {
        let size = Size(height: images.shape[1], width: images.shape[2])
        let (patch, stride) = try sides(size, subject.name)
        let logits = predict(images)
        let target = try subject.target(logits)
        let probability = withoutGradients { subject.probability(logits, target).floats[0] }
        let score = withoutGradients { subject.score(logits, target).floats[0] }
        let rows = starts(size.height, patch, stride)
        let corners = rows.flatMap { top in starts(size.width, patch, stride).map { (top: top, left: $0) } }
        let pixels = images.cast(to: .float32)
        let color = meanColor(pixels, subject.shown)
        var sums = [Float](repeating: 0, count: size.area)
        var counts = [Float](repeating: 0, count: size.area)
        let batchSize = min(max(Self.batchArea / size.area, 1), 32)
        for first in Swift.stride(from: 0, to: corners.count, by: batchSize) {
            let part = corners[first..<min(first + batchSize, corners.count)]
            let hidden = pixels.hidden(at: Array(part), side: patch, color).cast(to: precision.dataType)
            let logits = predict(hidden)
            let probabilities = withoutGradients { subject.probability(logits, target).floats }
            for (corner, value) in zip(part, probabilities) {
                guard value.isFinite else {
                    throw ImageError(
                        file: subject.name, reason: "the network's logits are not finite where a part is hidden",
                        remedy: "Check the network by 'nn eval'; in bf16, try fp32")
                }
                for row in corner.top..<corner.top + patch {
                    for pixel in row * size.width + corner.left..<row * size.width + corner.left + patch {
                        sums[pixel] += probability - value
                        counts[pixel] += 1
                    }
                }
            }
        }
        return ExplanationMap(
            values: zip(sums, counts).map { $0 / $1 }, grid: size, classIndex: target.classIndex, score: score,
            probability: probability)
    }

    private func predict(_ images: Tensor) -> Tensor {
        withoutGradients { network(images, .inference(precision: precision)) }
    }

    private func sides(_ size: Size, _ name: String) throws(ImageError) -> (patch: Int, stride: Int) {
        let shorter = min(size.height, size.width)
        let patch = patch ?? min(32, max(shorter / 4, 1))
        guard patch <= shorter else {
            throw ImageError(
                file: name, reason: "a patch of \(patch) is larger than the transformed image of \(size) pixels",
                remedy: "Take a smaller patch")
        }
        return (patch, min(stride ?? max(patch / 2, 1), patch))
    }

    /// Where patches begin along a side; the last one ends with it, so that no pixel is left out.
    private func starts(_ length: Int, _ patch: Int, _ stride: Int) -> [Int] {
        let last = length - patch
        return Array(Swift.stride(from: 0, to: last, by: stride)) + [last]
    }

    /// The mean of each channel over the pixels that show the original.
    private func meanColor(_ pixels: Tensor, _ shown: [Float]) -> [Float] {
        let weights = Tensor(shown, shape: [1, pixels.shape[1], pixels.shape[2], 1])
        return withoutGradients { ((pixels * weights).sum(axes: [0, 1, 2]) / shown.reduce(0, +)).floats }
    }
}

extension Tensor {
    /// Copies of one float32 image, each with a square of one color at another corner: `[corners, H, W, C]`.
    fileprivate func hidden(at corners: [(top: Int, left: Int)], side: Int, _ color: [Float]) -> Tensor {
        let (width, channels, image) = (shape[2], shape[3], floats)
        var values: [Float] = []
        values.reserveCapacity(corners.count * image.count)
        for corner in corners {
            let start = values.count
            values += image
            for row in corner.top..<corner.top + side {
                for column in corner.left..<corner.left + side {
                    let pixel = start + (row * width + column) * channels
                    for channel in 0..<channels { values[pixel + channel] = color[channel] }
                }
            }
        }
        return Tensor(values, shape: [corners.count, shape[1], width, channels])
    }
}
