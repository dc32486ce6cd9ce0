import NNDatasets
import NNLayers

/// Grad-CAM (Selvaraju et al. 2017, equations 1 and 2): the positive part of the sum of feature maps, each weighted by
/// the mean gradient of the class's logit by it.
struct GradCAM {
    let network: Network
    /// The index of the feature map; nil for the last one.
    let stage: Int?
    let precision: Precision

    /// The map of a class on the grid of the feature map.
    /// - Parameter images: One image `[1, H, W, C]`, normalized.
    /// - Throws: `ImageError` for a feature map of one pixel, and the errors of `subject`.
    func map(of images: Tensor, _ subject: ExplanationSubject) throws -> ExplanationMap {
        let context = Context.inference(precision: precision)
        let last = network.backbone.features.count - 1
        let stage = stage ?? last
        // The last map reaches the logits by the head alone. Others also do by the rest of the backbone, which is
        // recorded for them.
        var features =
            stage == last
            ? withoutGradients { network.backbone.features(of: images, context) }
            : network.backbone.features(of: images.requiringGradient(), context)
        if stage == last { features[stage].map = features[stage].map.requiringGradient() }
        let maps = features[stage].map
        let grid = Size(height: maps.shape[1], width: maps.shape[2])
        guard grid.area > 1 else { throw tooSmall(stage, images, subject.name) }
        let size = Size(height: images.shape[1], width: images.shape[2])
        let logits = network.head(features, imageSize: size, context)
        let target = try subject.target(logits)
        let score = subject.score(logits, target)
        let gradient = score.sum().gradients(by: [maps])[0]
        let probability = withoutGradients { subject.probability(logits.detached, target).floats[0] }
        let values = withoutGradients {
            // A map that the score does not depend on speaks for nothing.
            gradient.map { weighted(maps.detached, by: $0) } ?? [Float](repeating: 0, count: grid.area)
        }
        return ExplanationMap(
            values: values, grid: grid, classIndex: target.classIndex, score: score.detached.floats[0],
            probability: probability)
    }

    private func weighted(_ maps: Tensor, by gradient: Tensor) -> [Float] {
        let weights = gradient.cast(to: .float32).mean(axes: [1, 2], keepsDimensions: true)
        let sum = (maps.cast(to: .float32) * weights).sum(axes: [3])
        return sum.activated(by: .relu).floats
    }

    private func tooSmall(_ stage: Int, _ images: Tensor, _ name: String) -> ImageError {
        let size = Size(height: images.shape[1], width: images.shape[2])
        let finer = network.backbone.features.indices.filter { $0 < stage }
        return ImageError(
            file: name,
            reason: "the feature map of stage \(stage) has one pixel for the \(size) pixels of the transformed image, "
                + "so that Grad-CAM shows nothing",
            remedy: (finer.isEmpty ? "Take" : "Take an earlier stage, from 0 to \(stage - 1), or") + " occlusion")
    }
}
