import NNDatasets
import NNLayers
import Testing

@testable import NNTraining

struct TrainerLossTests {
    /// The mean of the logits of the labelled classes, so that sums can be checked by hand.
    private final class LabelledLogits: Loss {
        func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
            (logits.cast(to: .float32) * labels.oneHot(classCount: logits.shape[-1])).sum() / Float(labels.elementCount)
        }
    }

    private func trainer(auxiliary: Bool, weight: Float = 0.4) throws -> Trainer {
        let experiment = try TestExperiment.experiment { config in
            if auxiliary { config.model.auxiliaryHead = "classifier" }
            config.model.auxiliaryLossWeight = weight
        }
        let network = try experiment.makeNetwork()
        return Trainer(
            network, loss: LabelledLogits(), optimizer: try experiment.makeOptimizer(for: network),
            training: try experiment.makeTrainingLoader(), options: TrainingOptions(experiment.config))
    }

    private let images = Tensor.normal([2, 16, 16, 3], mean: 0, standardDeviation: 1, key: RandomKey(seed: 3))
    private func context() -> Context { Context(training: true, random: RandomKey(seed: 5)) }

    @Test func anAuxiliaryHeadAddsItsLoss() throws {
        let trainer = try trainer(auxiliary: true, weight: 0.25)
        let network = try #require(trainer.network as? Network)
        let batch = Batch(images: images, labels: Tensor([0, 2] as [Int32]), indices: [0, 1])
        let (main, auxiliary) = network.logits(of: images, context())
        let expected =
            trainer.loss(main, labels: batch.labels).item
            + 0.25 * trainer.loss(try #require(auxiliary), labels: batch.labels).item
        let (logits, loss) = trainer.forward(batch, context())
        #expect(isClose([loss.item], [expected], tolerance: 1e-5))
        #expect(logits.floats == main.floats)
        let gradients = loss.backward()
        let names = ModuleTree(network).parameters.filter { $0.parameter.gradient(in: gradients) == nil }.map(\.name)
        #expect(names.isEmpty, "no gradient: \(names)")
        // In inference it costs nothing.
        #expect(network.logits(of: images, .inference()).auxiliary == nil)
    }

    @Test func mixedImagesHaveTheLossOfBothLabels() throws {
        let trainer = try trainer(auxiliary: false)
        var batch = Batch(images: images, labels: Tensor([0, 2] as [Int32]), indices: [0, 1])
        let first = trainer.forward(batch, context()).loss.item
        batch.mixture = LabelMixture(labels: Tensor([1, 1] as [Int32]), share: 0.3)
        let second = Batch(images: images, labels: Tensor([1, 1] as [Int32]), indices: [0, 1])
        let other = trainer.forward(second, context()).loss.item
        #expect(isClose([trainer.forward(batch, context()).loss.item], [0.7 * first + 0.3 * other], tolerance: 1e-5))
    }
}
