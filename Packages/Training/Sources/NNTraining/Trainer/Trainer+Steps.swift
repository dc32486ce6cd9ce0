import NNDatasets
@_spi(Internal) import NNInference
import NNLayers

extension Trainer {
    /// Trains the remaining steps of the current epoch, and evaluates and saves on the way.
    /// - Throws: `StopRequest` where training is to stop before the last of them.
    func trainEpoch(until interruption: Interruption, time: inout StepTime) throws {
        let epoch = progress.epoch
        let batches = training.batches(
            epoch: epoch, startingAt: progress.stepInEpoch * options.accumulation)
        while progress.epoch == epoch, !isAtEnd {
            if let stop = stopBeforeStep(interruption) { throw stop }
            let record = try trainStep(batches, until: interruption)
            if !hasProvenScoreNames { try checkScoreNames(record) }
            time += record.time
            timeSinceEvaluation += record.time
            for callback in callbacks { try callback.didFinishStep(record, of: self) }
            if record.precedesEvaluation {
                try evaluate(until: interruption)
                keepRecoveryPoint()
            } else if savesAfterStep {
                try save(.last)
            }
        }
    }

    /// Accumulates the gradients of one or more batches, and updates the parameters.
    private func trainStep(_ batches: EpochBatches, until interruption: Interruption) throws -> StepRecord {
        let start = ContinuousClock.now
        let batchCount = min(
            options.accumulation, training.count - progress.stepInEpoch * options.accumulation)
        let key = RandomKey(seed: options.seed).derived("step").derived(UInt64(progress.step))
        var time = StepTime()
        let (gradients, loss, indices) =
            if let ranks {
                try takeSharedGradients(
                    batches, count: batchCount, random: key, time: &time, with: ranks, until: interruption)
            } else {
                try takeGradients(batches, count: batchCount, random: key, time: &time)
            }
        let learningRate = self.learningRate
        // That of a custom schedule may be anything.
        guard learningRate >= 0, Float(learningRate).isFinite else {
            throw divergence("there is no such learning rate", step: progress.step + 1)
        }
        for callback in callbacks { try callback.didCompute(gradients, batchCount: batchCount, of: self) }
        let (epoch, stepInEpoch) = (progress.epoch + 1, progress.stepInEpoch + 1)
        let norm = try update(consume gradients, of: indices, learningRate: learningRate, scale: 1 / Double(batchCount))
        time.total = (ContinuousClock.now - start) / .seconds(1)
        ranks?.didWork(time.total)
        return StepRecord(
            step: progress.step, epoch: epoch, stepInEpoch: stepInEpoch, stepsInEpoch: stepsInEpoch(epoch),
            loss: loss / Double(batchCount), learningRate: learningRate, gradientNorm: norm, meter: meter, time: time,
            precedesEvaluation: evaluatesAfterStep)
    }

    /// Updates the parameters, and counts the step.
    /// - Returns: The norm of the gradients, where clipping has one.
    private func update(
        _ gradients: consuming Gradients, of indices: [Int], learningRate: Double, scale: Double
    ) throws -> Double? {
        func update(_ gradients: consuming Gradients) throws -> Double? {
            let norm: Double?
            do {
                norm = try optimizer.step(
                    consume gradients, learningRate: learningRate, gradientScale: scale, clipping: options.clipping)
            } catch {
                let samples = names(of: indices, outOf: indices.count, in: training.dataset)
                throw divergence("\(error); the step was of \(samples)", step: progress.step + 1)
            }
            average?.update()
            progress.advance(stepsPerEpoch: stepsPerEpoch)
            isSaved = false
            return norm
        }
        guard let recovery else { return try update(consume gradients) }
        let shared = consume gradients
        return try recovery.change {
            defer { keepRecoveryPoint() }
            return try update(shared)
        }
    }

    /// Computes the gradients of the next batches, added up, and their losses, and tells the samples.
    private func takeGradients(
        _ batches: EpochBatches, count: Int, random: RandomKey, time: inout StepTime
    ) throws -> (gradients: Gradients, loss: Double, indices: [Int]) {
        var (gradients, loss, indices) = try takeGradients(batches, random: random.derived(0), time: &time)
        for index in 1..<count {
            let next = try takeGradients(batches, random: random.derived(UInt64(index)), time: &time)
            gradients.accumulate(next.gradients)
            loss += next.loss
            indices += next.indices
        }
        return (gradients, loss, indices)
    }

    /// Loads the next batch, and checks whether the network takes it.
    func nextBatch(_ batches: EpochBatches, time: inout StepTime) throws -> Batch {
        let start = ContinuousClock.now
        guard let batch = try batches.next() else {
            trap("Trainer: the loader returned fewer than its \(training.count) batches")
        }
        time.waitingForData += (ContinuousClock.now - start) / .seconds(1)
        time.sampleCount += batch.count
        try inputs.check(
            network, takes: batch.images, precision: options.precision, name: "a batch of \(batch.count)")
        if let batchSheet {
            self.batchSheet = nil
            // A resumed run has the sheet of its first batch.
            if progress.step == 0 { try batchSheet.write(batch, of: training.dataset, description) }
        }
        return batch
    }

    /// Refuses a loss that nothing can be learned from.
    func requireTracked(_ loss: Tensor) throws {
        guard loss.isTracked else {
            throw TrainingError(
                "the loss does not depend on any trainable parameter",
                remedy: "unfreeze a part of the network that its logits depend on")
        }
    }

    /// Whether any label of a batch counts. The loss of labels of which none does is 0 and means nothing.
    func hasCountingLabels(_ batch: Batch) -> Bool {
        [batch.labels, batch.mixture?.labels].compactMap { $0 }.contains { loss.counts($0) }
    }

    /// Computes the gradients and the loss of the next batch, and tells its samples.
    private func takeGradients(
        _ batches: EpochBatches, random: RandomKey, time: inout StepTime
    ) throws -> (gradients: Gradients, loss: Double, indices: [Int]) {
        let batch = try nextBatch(batches, time: &time)
        let context = Context(
            training: true, precision: options.precision, random: random, checkpoints: options.checkpoints)
        let (logits, value) = forward(batch, context)
        let number = Double(value.item)
        guard number.isFinite else { throw divergence("the loss is \(number)", in: batch, random: random) }
        try requireTracked(value)
        meter.add(loss: hasCountingLabels(batch) ? number : nil, logits: logits.detached, labels: batch.labels)
        return (value.backward(), number, batch.indices)
    }

    /// The number of steps that are trained in an epoch, from 1: the last one may be cut short.
    func stepsInEpoch(_ epoch: Int) -> Int { min(stepsPerEpoch, stepCount - (epoch - 1) * stepsPerEpoch) }

    /// The learning rate of the next step.
    var learningRate: Double { schedule.learningRate(at: progress.step) }
}

extension Trainer {
    /// The logits of a batch, and its loss with that of an auxiliary head.
    func forward(_ batch: Batch, _ context: Context) -> (logits: Tensor, loss: Tensor) {
        guard let network = network as? Network else {
            let logits = network(batch.images.cast(to: options.precision.dataType), context)
            return (logits, loss(of: logits, for: batch))
        }
        return network.logitsAndLoss(of: batch.images, context, auxiliaryWeight: options.auxiliaryLossWeight) {
            loss(of: $0, for: batch)
        }
    }

    /// The weight of each class in the loss; empty if all classes have the same weight.
    @_spi(Internal) public var classWeights: [(name: String, weight: Float)] {
        ((loss as? any ClassWeighted)?.classWeights ?? []).enumerated().map { (description.className($0), $1) }
    }

    /// The loss for the labels; for mixed images, for both of their labels (mixup, Zhang et al. 2018, section 2).
    private func loss(of logits: Tensor, for batch: Batch) -> Tensor {
        let loss = loss(logits, labels: batch.labels)
        guard let mixture = batch.mixture else { return loss }
        return loss * (1 - mixture.share) + self.loss(logits, labels: mixture.labels) * mixture.share
    }
}

extension Loss {
    /// Whether any of the labels of a batch counts.
    fileprivate func counts(_ labels: Tensor) -> Bool {
        weight(of: labels).map { $0 != 0 } ?? (labels.countOfKnown(ignoring: ignoreIndex) > 0)
    }
}

extension Network {
    /// Computes the logits of images, and the loss including that of an auxiliary head.
    /// - Parameters:
    ///   - images: `[N, H, W, C]`
    ///   - context: Training or inference, with precision and random key.
    ///   - auxiliaryWeight: The weight of the auxiliary head's loss relative to that of the head.
    ///   - loss: Computes the loss of logits, a scalar.
    @_spi(Internal) public func logitsAndLoss(
        of images: Tensor, _ context: Context, auxiliaryWeight: Float, by loss: (Tensor) -> Tensor
    ) -> (logits: Tensor, loss: Tensor) {
        let logits = logits(of: images, context)
        let main = loss(logits.main)
        return (logits.main, logits.auxiliary.map { main + loss($0) * auxiliaryWeight } ?? main)
    }
}
