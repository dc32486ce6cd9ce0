import NNLayers

/// The areas of the classes in each image by softmax and by labels, for losses of overlap.
///
/// In classification the images of a batch count as the pixels of one image.
struct SoftAreas {
    /// The sum of the softmax where the class is the label: `[N, classes]`.
    let intersections: Tensor
    /// The sum of the softmax.
    let predictions: Tensor
    /// The number of pixels with the label.
    let labels: Tensor

    init(_ logits: Tensor, labels: Tensor, ignoreIndex: Int?) {
        let (logits, labels) = Self.asPixels(logits, labels)
        let areas = logits.softmaxAreas(labels: labels, ignoreIndex: ignoreIndex)
        (intersections, predictions) = (areas.intersections, areas.predictions)
        self.labels = areas.labels.detached
    }

    /// The logits `[N, classes]` of images as those of the pixels of one image.
    static func asPixels(_ logits: Tensor, _ labels: Tensor) -> (logits: Tensor, labels: Tensor) {
        guard logits.rank == 2 else { return (logits, labels) }
        return (logits.reshaped([1, -1, logits.shape[-1]]), labels.reshaped([1, -1]))
    }

    /// 1 where a class is a label in an image, else 0: `[N, classes]`.
    var present: Tensor { labels.isGreater(than: 0).cast(to: .float32) }

    /// 1 for an image with any label, else 0: `[N, 1]`.
    var counted: Tensor {
        labels.sum(axes: [1], keepsDimensions: true).isGreater(than: 0).cast(to: .float32)
    }

    /// The mean over the images that count; 0 without any.
    /// - Parameters:
    ///   - values: `[N, 1]`
    ///   - counted: `[N, 1]`, 0 or 1.
    static func mean(_ values: Tensor, counted: Tensor) -> Tensor {
        (values * counted).sum() / maximum(counted.sum(), Tensor(scalar: 1 as Float))
    }
}

extension ClassWeighted where Self: Loss {
    /// The mean over the images of which a class counts, each measured alone.
    func measureImages(_ logits: Tensor, labels: Tensor, classes: OverlapClasses) -> LossTotal {
        var total = LossTotal()
        for index in 0..<labels.shape[0] {
            let (image, label) = (logits[index..<index + 1], labels[index..<index + 1])
            // With `all`, the classes that have a weight need not be labels.
            let weight = ClassWeights.total(
                of: label, weights: classes == .all ? nil : classWeights, ignoreIndex: ignoreIndex)
            total += LossTotal(mean: Double(self(image, labels: label).item), weight: weight > 0 ? 1 : 0)
        }
        return total
    }
}

/// The classes of an image over which a loss of overlap is averaged.
public enum OverlapClasses: String, Codable, Hashable, Sendable, CaseIterable {
    /// The classes that are labels in the image.
    case present
    /// All classes, so that predictions of an absent class have a loss.
    case all
}

extension SoftAreas {
    /// The mean of 1 - Tversky index (Salehi et al. 2017): over classes with their weights, then over images.
    ///
    /// The index is (I + s) / (I + a (P - I) + b (L - I) + s) with intersection I, prediction P, label L.
    func tverskyLoss(
        falsePositives: Float, falseNegatives: Float, smooth: Float, classes: OverlapClasses, weights: Tensor?
    ) -> Tensor {
        let missed = (labels - intersections) * falseNegatives
        let wrong = (predictions - intersections) * falsePositives
        let losses = 1 - (intersections + smooth) / (intersections + wrong + missed + smooth)
        var shares = classes == .present ? present : counted.broadcast(to: labels.shape)
        if let weights { shares = shares * weights }
        let total = shares.sum(axes: [1], keepsDimensions: true)
        let counted = total.isGreater(than: 0).cast(to: .float32)
        let means =
            (losses * shares).sum(axes: [1], keepsDimensions: true)
            / maximum(total, Tensor(scalar: Float.leastNormalMagnitude))
        return Self.mean(means, counted: counted)
    }
}
