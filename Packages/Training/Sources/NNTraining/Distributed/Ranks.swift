import Foundation
import NNDatasets
@_spi(Internal) import NNInference
import NNLayers

/// What a trainer keeps for training with other ranks.
final class Ranks {
    /// What ranks ask each other to do after a step, in the order of the flags.
    enum Request: Int, CaseIterable {
        case interrupted, stoppedByCallback, outOfTime, evaluate, save
    }

    let group: any ProcessGroup
    let exchange: GradientExchange
    /// For batch norm of the batches of all ranks; nil for that of each rank's.
    let statistics: (any StatisticsExchange)?
    private let options: DistributedConfig
    /// What any rank asked for after the last step.
    var requests: Set<Request> = []
    /// Whether the meter of the epoch has the counts of all ranks.
    var hasSharedMeter = false
    private var longestStep = 0.0

    init(_ group: any ProcessGroup, _ options: DistributedConfig) {
        self.group = group
        self.options = options
        exchange = GradientExchange(
            group, compression: options.compression, bucketBytes: options.bucketMegabytes << 20)
        statistics = options.syncBatchNorm ? GroupStatistics(group) : nil
    }

    /// The stop that any rank asked for.
    var stop: StopRequest? {
        let endings: [(Request, TrainingSummary.Ending)] = [
            (.interrupted, .interrupted), (.stoppedByCallback, .stoppedByCallback), (.outOfTime, .outOfTime),
        ]
        return endings.first { requests.contains($0.0) }.map { StopRequest(ending: $0.1) }
    }

    /// The requests that a sum of flags has.
    static func requests(_ sums: [Double]) -> Set<Request> { Set(Request.allCases.filter { sums[$0.rawValue] > 0 }) }

    /// How long other ranks are waited for from now on.
    /// - Parameter seconds: The duration of a step or another part of the work that each rank does.
    func didWork(_ seconds: Double) {
        longestStep = max(longestStep, seconds)
        group.patience = max(options.timeout.seconds, 10 * longestStep)
    }
}

/// Statistics of the batches of all ranks.
final class GroupStatistics: StatisticsExchange {
    private let group: any ProcessGroup

    init(_ group: any ProcessGroup) { self.group = group }

    /// A failure of another rank is thrown by the next sum, that of the losses.
    func sum(_ values: [Double]) -> [Double] { (try? group.sum(values)) ?? values }
}

extension Trainer {
    /// The flags of what this rank asks the others for.
    func flags(_ interruption: Interruption) -> [Double] {
        let ending = stopRequest(interruption)?.ending
        var next = progress
        next.advance(stepsPerEpoch: stepsPerEpoch)
        // By time too, of which each rank has its own; so rank 0 says when.
        let isFirst = ranks?.group.isFirst == true
        return Ranks.Request.allCases.map { request in
            switch request {
            case .interrupted: ending == .interrupted ? 1 : 0
            case .stoppedByCallback: ending == .stoppedByCallback ? 1 : 0
            case .outOfTime: ending == .outOfTime ? 1 : 0
            case .evaluate: isFirst && isEvaluationDue(after: next) ? 1 : 0
            case .save: isFirst && clock.isSaveDue(after: next) ? 1 : 0
            }
        }
    }

    /// The stop before the next step that this process, or any rank, asked for.
    func stopBeforeStep(_ interruption: Interruption) -> StopRequest? {
        if let ranks { ranks.stop } else { stopRequest(interruption) }
    }

    /// Whether to evaluate after the step that ended.
    var evaluatesAfterStep: Bool {
        if let ranks { ranks.requests.contains(.evaluate) } else { isEvaluationDue }
    }

    /// Whether to save after the step that ended.
    var savesAfterStep: Bool {
        if let ranks { ranks.requests.contains(.save) } else { clock.isSaveDue(after: progress) }
    }
}

extension Trainer {
    /// Computes the gradients of the next batches together with the other ranks, and the mean loss of all their samples.
    ///
    /// A loss is a mean over labels, of which some may not count. So that the result is that of one batch of all samples,
    /// the loss of each rank is multiplied by its share of what counts before the backward pass.
    func takeSharedGradients(
        _ batches: EpochBatches, count: Int, random: RandomKey, time: inout StepTime, with ranks: Ranks,
        until interruption: Interruption
    ) throws -> (gradients: Gradients, loss: Double, indices: [Int]) {
        let group = ranks.group
        var earlier = Gradients()
        var indices: [Int] = []
        var sum = 0.0
        for index in 0..<count {
            let batch = try nextBatch(batches, time: &time)
            indices += batch.indices
            let weights = group.beginSum(of: [weight(of: batch), hasCountingLabels(batch) ? 1 : 0, Double(batch.count)])
            let key = random.derived(UInt64(index))
            let context = Context(
                training: true, precision: options.precision,
                random: group.isFirst ? key : key.derived("rank").derived(UInt64(group.rank)),
                checkpoints: options.checkpoints, statistics: ranks.statistics)
            let (logits, value) = forward(batch, context)
            try requireTracked(value)
            let totals = try weights.wait()
            time.sampleCount += Int(totals[2]) - batch.count
            let share = totals[0] > 0 ? weight(of: batch) / totals[0] : Double(batch.count) / totals[2]
            let losses = group.beginSum(of: [Double(value.item) * share])
            let gradient = Tensor.ones(value.shape) * Float(share)
            if index + 1 < count {
                earlier.accumulate(value.backward(gradient: gradient))
            } else {
                let (gradients, requests) = try ranks.exchange.add(
                    tree.parameters, earlier: earlier, flags: { flags(interruption).map { Float($0) } },
                    pass: { value.backward(gradient: gradient, onGradient: $0) })
                earlier = gradients
                ranks.requests = Ranks.requests(requests.map(Double.init))
            }
            let loss = try losses.wait()[0]
            guard loss.isFinite else {
                // The samples of this rank may be none of those that are to blame.
                let isOwn = !Double(value.item).isFinite
                throw isOwn
                    ? divergence("the loss is \(loss)", in: batch, random: context.random)
                    : divergence("the loss of another rank is \(loss)", step: progress.step + 1)
            }
            sum += loss
            meter.add(loss: totals[1] > 0 ? loss : nil, logits: logits.detached, labels: batch.labels)
        }
        var exchange = time.exchange ?? ExchangeTime()
        exchange.total += ranks.exchange.time.total
        exchange.waiting += ranks.exchange.time.waiting
        time.exchange = exchange
        return (earlier, sum, indices)
    }

    /// How much the labels of a batch weigh in the mean that the loss is; the number of images for a loss that is no mean.
    private func weight(of batch: Batch) -> Double {
        let own = loss.weight(of: batch.labels) ?? Double(batch.count)
        guard let mixture = batch.mixture, let other = loss.weight(of: mixture.labels) else { return own }
        return own * Double(1 - mixture.share) + other * Double(mixture.share)
    }
}

extension Trainer {
    /// Brings what the ranks counted in the epoch together, so that all have the scores of all samples, and the mean of
    /// their running statistics, to evaluate with the same.
    func shareEpoch() throws {
        guard let ranks, !ranks.hasSharedMeter else { return }
        meter = try sharedMeter(ranks)
        ranks.hasSharedMeter = true
        try averageBuffers(ranks)
    }

    /// The counts of all ranks.
    func sharedMeter(_ ranks: Ranks) throws -> ScoreMeter {
        if ranks.hasSharedMeter { return meter }
        let all = try ranks.group.gather(Array(JSONEncoder().encode(meter.counts())))
        var sum = meter
        sum.reset()
        for counts in all { try sum.merge(JSONDecoder().decode(ScoreMeter.Counts.self, from: Data(counts))) }
        return sum
    }

    /// Replaces statistics that each rank has of its own batches by their mean over the ranks.
    func averageBuffers(_ ranks: Ranks) throws {
        let buffers = tree.buffers.map(\.buffer).filter {
            $0.isTrainable && $0.wrappedValue.dataType == .float32 && !$0.wrappedValue.isSymbolic
        }
        // In double precision, so that the mean of equal numbers is that number.
        let sums = try ranks.group.sum(buffers.flatMap { $0.wrappedValue.floats.map(Double.init) })
        var start = 0
        for buffer in buffers {
            let count = buffer.wrappedValue.elementCount
            let means = sums[start..<start + count].map { Float($0 / Double(ranks.group.count)) }
            buffer.update { value in value.withMutableScalars(as: Float.self) { _ = $0.update(from: means) } }
            start += count
        }
    }

    /// Evaluates this rank's part of the samples, and returns the scores of all of them.
    /// - Throws: `StopRequest` where any rank is to stop before its part is complete.
    func evaluateShared(
        _ evaluator: Evaluator, _ loader: DataLoader, with ranks: Ranks, until interruption: Interruption
    ) throws -> EvaluationResult {
        struct Message: Codable {
            var part: EvaluationPart?
            var ending: TrainingSummary.Ending?
        }
        let start = ContinuousClock.now
        var message = Message()
        do {
            message.part = try evaluator.part(loader) { _ in
                if let stop = stopRequest(interruption) { throw stop }
            }
        } catch let stop as StopRequest {
            message.ending = stop.ending
        }
        ranks.didWork((ContinuousClock.now - start) / .seconds(1) / 3)
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let all = try ranks.group.gather(Array(encoder.encode(message)))
            .map { try decoder.decode(Message.self, from: Data($0)) }
        if let ending = all.compactMap(\.ending).first { throw StopRequest(ending: ending) }
        return try evaluator.result(of: all.compactMap(\.part))
    }
}
