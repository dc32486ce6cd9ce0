import NNDatasets
import NNLayers

extension Trainer {
    /// The error for values that are not finite any more.
    /// - Parameter step: The number of the step that made them.
    func divergence(_ what: String, step: Int) -> TrainingError {
        let kept = run.flatMap { run in
            run.has(.last) || run.has(.best) ? "; the checkpoints in \(run.url.path) are from before" : nil
        }
        var error = TrainingError(
            "training diverged at step \(step), epoch \((step - 1) / stepsPerEpoch + 1), learning rate "
                + "\(schedule.learningRate(at: step - 1)): \(what)",
            remedy: "lower the learning rate, warm it up, or clip gradients" + (kept ?? ""))
        error.isDivergence = true
        return error
    }

    /// The error for a batch whose loss is not finite: it is calculated again to find the layer and the samples.
    /// - Parameter random: The key of the first calculation.
    func divergence(_ what: String, in batch: Batch, random: RandomKey) -> TrainingError {
        let observer = NonFiniteObserver(network)
        let context = Context(training: true, precision: options.precision, random: random, observer: observer)
        let logits = withoutGradients { forward(batch, context).logits }
        return divergence(
            "\(what); \(source(of: batch, observer, logits, in: training.dataset))", step: progress.step + 1)
    }

    /// The error for a loss of validation that is not finite.
    func divergenceOfValidation(_ what: String, _ loader: DataLoader) -> TrainingError {
        let observer = NonFiniteObserver(network)
        let context = Context.inference(precision: options.precision, observer: observer)
        let batches = loader.batches(epoch: 0)
        while let batch = try? batches.next() {
            let logits = withoutGradients {
                withAveragedWeights { network(batch.images.cast(to: options.precision.dataType), context) }
            }
            guard observer.first != nil || !logits.isFinite else { continue }
            return divergence(
                "\(what); \(source(of: batch, observer, logits, in: loader.dataset))", step: progress.step)
        }
        return divergence(what, step: progress.step)
    }

    /// Where the values of a batch come from that are not finite, in words.
    private func source(
        of batch: Batch, _ observer: NonFiniteObserver, _ logits: Tensor, in dataset: any Dataset
    ) -> String {
        func samples(_ tensor: Tensor) -> String {
            let rows = batch.indices.indices.filter { !tensor[$0..<$0 + 1].isFinite }
            return names(of: rows.map { batch.indices[$0] }, outOf: batch.count, in: dataset)
        }
        let first = "the first values that are not finite are"
        if !batch.images.isFinite { return "\(first) pixels of \(samples(batch.images))" }
        if let (layer, output) = observer.first { return "\(first) outputs of '\(layer)' for \(samples(output))" }
        if !logits.isFinite { return "\(first) logits of \(samples(logits))" }
        return "the logits are finite, so that it is the loss of the labels of "
            + names(of: batch.indices, outOf: batch.count, in: dataset)
    }

    /// The files or numbers of some samples of a batch.
    func names(of indices: [Int], outOf count: Int, in dataset: any Dataset) -> String {
        let names = indices.prefix(3).map { dataset.files(at: $0).first ?? "sample \($0)" }.joined(separator: ", ")
        if indices.count == count, count > 3 { return "all \(count) samples of the batch, such as \(names)" }
        return names + (indices.count > 3 ? " and \(indices.count - 3) others of the batch" : "")
    }

    /// A step may have made weights infinite, which must neither be evaluated nor saved.
    func checkWeights() throws {
        for (name, parameter) in ModuleTree(network).parameters where !parameter.value.isFinite {
            throw divergence("the parameter '\(name)' is not finite any more", step: max(progress.step, 1))
        }
    }
}

/// Finds the first layer whose output is not finite. A layer that calls others comes after them.
private final class NonFiniteObserver: ModuleObserver {
    private(set) var first: (layer: String, output: Tensor)?
    private let names: [ObjectIdentifier: String]

    init(_ network: any Layer) {
        let entries = ModuleTree(network).entries.map { (ObjectIdentifier($0.module), $0.path) }
        names = Dictionary(entries, uniquingKeysWith: { first, _ in first })
    }

    func willCall(_ module: any Module) {}

    func didCompute(_ outputs: [Tensor], by module: any Module) {
        guard first == nil, let output = outputs.first(where: { !$0.isFinite }) else { return }
        let name = names[ObjectIdentifier(module)] ?? ""
        first = (name.isEmpty ? "\(type(of: module))" : name, output.detached)
    }

    func didCall(_ module: any Module) {}
}
