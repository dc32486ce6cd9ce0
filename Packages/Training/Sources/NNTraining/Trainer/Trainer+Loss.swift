import NNDatasets
import NNLayers

extension Trainer {
    /// The logits of a batch, and the loss of all that the network predicts of it.
    func forward(_ batch: Batch, _ context: Context) -> (logits: Tensor, loss: Tensor) {
        guard let network = network as? Network else {
            let logits = network(batch.images.cast(to: options.precision.dataType), context)
            return (logits, loss(of: logits, for: batch))
        }
        return network.logitsAndLoss(of: batch.images, context, auxiliaryWeight: options.auxiliaryLossWeight) {
            loss(of: $0, for: batch)
        }
    }

    /// How much each class counts in the loss; empty where all count alike.
    public var classWeights: [(name: String, weight: Float)] {
        ((loss as? any ClassWeighted)?.classWeights ?? []).enumerated().map { (description.className($0), $1) }
    }

    /// The loss by the labels; of mixed images, by both of their labels (Zhang et al. 2018, section 2).
    private func loss(of logits: Tensor, for batch: Batch) -> Tensor {
        let loss = loss(logits, labels: batch.labels)
        guard let mixture = batch.mixture else { return loss }
        return loss * (1 - mixture.share) + self.loss(logits, labels: mixture.labels) * mixture.share
    }
}

extension Network {
    /// The logits of images, and the loss of all that the network predicts of them.
    /// - Parameters:
    ///   - images: `[N, H, W, C]`.
    ///   - auxiliaryWeight: How much the loss of the auxiliary head counts beside that of the head.
    ///   - loss: The loss of logits, a scalar.
    public func logitsAndLoss(
        of images: Tensor, _ context: Context, auxiliaryWeight: Float, by loss: (Tensor) -> Tensor
    ) -> (logits: Tensor, loss: Tensor) {
        let logits = logits(of: images, context)
        let main = loss(logits.main)
        return (logits.main, logits.auxiliary.map { main + loss($0) * auxiliaryWeight } ?? main)
    }
}
