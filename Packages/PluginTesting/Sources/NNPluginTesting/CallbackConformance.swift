import NNDatasets
import NNInference
import NNLayers
import NNOptimizers
import NNTesting
import NNTraining

/// Checks what every callback has to meet, by training a small classifier for two epochs.
///
/// - It throws nothing, and asks for no stop before training begins.
/// - Training goes on to the same weights as without it, as far as it goes.
/// - It does not keep the trainer alive, which keeps the callback alive.
///
/// - Parameters:
///   - changesTraining: Whether it is there to change weights, which is not checked then.
///   - make: Makes a new one.
/// - Throws: `CheckFailure` with all findings, and what `make` throws.
public func checkCallback(
    changesTraining: Bool = false, _ make: () throws -> any TrainingCallback
) throws {
    let callback = try make()
    var findings = Findings(String(describing: type(of: callback)))
    findings.expect(!callback.shouldStop, "it asks for a stop before training begins")
    weak var trainer: Trainer?
    /// The weights at the end, and the number of steps.
    func train(_ callbacks: [any TrainingCallback], stopAt step: Int? = nil) throws -> (weights: [[Float]], steps: Int)
    {
        let made = try smallTrainer()
        made.callbacks = callbacks + (step.map { [StopAtStep($0)] } ?? [])
        trainer = made
        let summary = try made.train()
        return (made.network.stateDictionary.entries.map(\.tensor.floats), summary.progress.step)
    }
    do {
        let observed = try train([callback])
        findings.expect(trainer == nil, "it keeps the trainer alive; hold it weakly, or not at all")
        if !changesTraining {
            let alone = try train([], stopAt: observed.steps)
            findings.expect(observed.weights == alone.weights, "the weights are others than without it")
        }
    } catch {
        findings.add("training ends with an error: \(error)")
    }
    try findings.check()
}

/// 2 epochs of 6 steps, with a validation metric.
private func smallTrainer() throws -> Trainer {
    let network = Sequential([GlobalAveragePool(), Linear(inputFeatures: 3, outputFeatures: 2)])
    network.initialize(key: RandomKey(seed: 1))
    var options = TrainingOptions()
    options.epochs = 2
    return Trainer(
        network, loss: SoftmaxLoss(), optimizer: SGD(network.parameters, learningRate: 0.1, momentum: 0.9),
        training: try DataLoader(Shapes(size: 8, classCount: 2, count: 24), batchSize: 4, shuffles: true),
        validation: try DataLoader(Shapes(split: .validation, size: 8, classCount: 2, count: 8), batchSize: 4),
        metrics: [TopKAccuracy()], options: options)
}

private final class SoftmaxLoss: Loss {
    func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor { logits.softmaxCrossEntropy(labels: labels) }
}

private final class StopAtStep: TrainingCallback {
    private let last: Int
    private(set) var shouldStop = false

    init(_ last: Int) { self.last = last }

    func didFinishStep(_ step: StepRecord, of trainer: Trainer) { shouldStop = step.step >= last }
}
