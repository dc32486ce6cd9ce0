@_spi(Internal) import NNDatasets
import NNInference
import NNLayers
import NNOptimizers

extension ConfigNode {
    /// A whole or fractional number; nil for anything else.
    fileprivate var number: Double? {
        if case .integer(let value) = content { return Double(value) }
        if case .float(let value) = content { return value }
        return nil
    }
}

extension Experiment {
    /// Schedules that do not take full effect before training ends.
    func scheduleWarnings(_ facts: TrainingFacts) -> [ConfigWarning] {
        let node = config.schedule.node
        let length =
            config.iterations.map { "\($0) steps" } ?? "\(facts.epochs) epochs of \(facts.stepsPerEpoch) steps"
        /// A length in steps, with the key that states it.
        func lengths(_ name: String) -> [(key: String, text: String, steps: Double)] {
            var found: [(key: String, text: String, steps: Double)] = []
            for (unit, factor) in [("steps", 1), ("epochs", Double(facts.stepsPerEpoch))] {
                let key = "\(name)_\(unit)"
                guard let value = node[key] else { continue }
                for element in value.elements ?? [value] {
                    guard let number = element.number else { continue }
                    let text = Int(exactly: number).map(String.init) ?? element.flowText
                    found.append((key: key, text: "\(text) \(unit)", steps: number * factor))
                }
            }
            return found
        }
        var found: [ConfigWarning] = []
        func warn(_ key: String, _ message: String, _ remedy: String) {
            found.append(ConfigWarning("schedule.\(key)", message, remedy: remedy))
        }
        let total = Double(facts.stepCount)
        for warmup in lengths("warmup") where warmup.steps > 0 && warmup.steps >= total {
            warn(
                warmup.key,
                "a warm-up of \(warmup.text) does not end within \(length), so that the learning rate "
                    + "\(facts.baseLearningRate) is never reached", "shorten it, or train longer")
        }
        let late = lengths("milestone").filter { $0.steps >= total }
        if let first = late.first {
            warn(
                first.key,
                "\(late.map(\.text).joined(separator: " and ")) come after the end of training, "
                    + length, "name earlier ones, or train longer")
        }
        for interval in lengths("interval") where interval.steps >= total {
            warn(
                interval.key,
                "an interval of \(interval.text) is not over within \(length), so that the learning rate "
                    + "never changes", "shorten it, or use the schedule 'constant'")
        }
        for half in lengths("half_cycle") where half.steps >= total {
            warn(
                half.key, "a rise of \(half.text) does not end within \(length), so that max_lr is never reached",
                "shorten it, or train longer")
        }
        if facts.schedule.metric != nil, let patience = node["patience"]?.number,
            let count = facts.validations, Double(count) <= patience + 2
        {
            warn(
                "patience",
                "a patience of \(Int(patience)) \(validations) is not over within \(count), so that the learning "
                    + "rate is never reduced", "set fewer \(validations) than \(max(count - 2, 1)), or train longer")
        }
        return found + rateWarnings(facts)
    }

    /// Learning rates with which no network is known to train.
    private func rateWarnings(_ facts: TrainingFacts) -> [ConfigWarning] {
        let name = config.optimizer.name ?? ""
        // Adam's step is about the learning rate itself, whatever the gradient.
        let isAdaptive = name.hasPrefix("adam")
        let (smallest, limit) = isAdaptive ? (1e-7, 0.1) : (1e-6, 10)
        if facts.peak == 0 {
            return [
                ConfigWarning(
                    "optimizer.lr", "the learning rate is 0 in every step, so that nothing is learned",
                    remedy: "set it to a value such as \(isAdaptive ? "0.001" : "0.1")")
            ]
        }
        let isLarge = facts.peak >= limit
        guard isLarge || facts.peak < smallest else { return [] }
        return [
            ConfigWarning(
                facts.peak > facts.baseLearningRate ? "schedule.max_lr" : "optimizer.lr",
                isLarge
                    ? "the learning rate reaches \(facts.peak), with which '\(name)' probably diverges"
                    : "the learning rate is never above \(facts.peak), with which '\(name)' hardly learns anything",
                remedy: "values such as \(isAdaptive ? "0.001" : "0.1") are usual")
        ]
    }

    /// What patience counts.
    private var validations: String { config.training.validateEvery == nil ? "epochs" : "validations" }

    /// Settings that have no effect, given the number of epochs and batches.
    func trainingWarnings(_ facts: TrainingFacts) -> [ConfigWarning] {
        let training = config.training
        var found: [ConfigWarning] = []
        if let stopping = training.earlyStopping, let count = facts.validations, stopping.patience >= count {
            found.append(
                ConfigWarning(
                    "training.early_stopping.patience",
                    "\(stopping.patience) \(validations) without improvement cannot be seen within \(count)",
                    remedy: "set fewer, or train longer"))
        }
        for (index, entry) in training.unfreeze.enumerated() where entry.epoch > facts.epochs {
            found.append(
                ConfigWarning(
                    "training.unfreeze.\(index).epoch",
                    "epoch \(entry.epoch) is after the last, \(facts.epochs), so that '\(entry.pattern.string ?? "")' stays "
                        + "frozen", remedy: "name an earlier one, or train longer"))
        }
        if training.accumulate > facts.batchCount {
            found.append(
                ConfigWarning(
                    "training.accumulate",
                    "an epoch has \(facts.batchCount) batches of \(facts.batchSize), fewer than the \(training.accumulate) of a "
                        + "step, so that each step has those only",
                    remedy: "set it to \(facts.batchCount) or less"))
        }
        if config.data.batchSize > facts.sampleCount {
            found.append(
                ConfigWarning(
                    "data.batch_size",
                    "there are \(facts.sampleCount) training samples only, so that an epoch is a single batch of "
                        + "\(facts.batchSize)", remedy: "set it to a part of that"))
        }
        if facts.batchSize == 1, let mixing = config.data.batchTransforms.first(where: \.mixes) {
            found.append(
                ConfigWarning(
                    "data.batch_transforms", "'\(mixing.name ?? "")' mixes the images of a batch, and a batch has one",
                    remedy: "set a larger data.batch_size, or leave it out"))
        }
        return found
    }

    /// Metrics that are always perfect, and losses whose settings do not suit the data.
    func lossAndMetricWarnings(_ facts: TrainingFacts) throws -> [ConfigWarning] {
        var found: [ConfigWarning] = []
        let metrics = try makeMetrics().suffix(config.training.metrics.count)
        for (index, metric) in metrics.enumerated() {
            let error = metric as? ErrorRate
            guard let k = error?.k ?? (metric as? TopKAccuracy)?.k, k >= facts.classCount else { continue }
            found.append(
                ConfigWarning(
                    "training.metrics.\(index).k",
                    "the label is always among \(k) of \(facts.classCount) classes, so that it is "
                        + "\(error == nil ? 100 : 0) %",
                    remedy: "set it to less than \(facts.classCount), or leave the metric out"))
        }
        if let loss = config.loss?.node {
            if loss["class_weights"]?.string == "effective_number", source.task.isDense {
                found.append(
                    ConfigWarning(
                        "loss.class_weights",
                        "'effective_number' is made for numbers of images, and of pixels every class has so many that all "
                            + "weights are about 1", remedy: "set it to median_frequency or enet"))
            }
            if let smoothing = loss["label_smoothing"]?.number, smoothing >= 1 {
                found.append(
                    ConfigWarning(
                        "loss.label_smoothing",
                        "the target is the same for all classes, whatever the label, so that nothing is learned",
                        remedy: "set it to a value such as 0.1"))
            }
            let size = try source.task.isDense ? imageSize(.train).area : 1
            if let kept = loss["min_kept"]?.number, kept >= Double(facts.batchSize * size) {
                found.append(
                    ConfigWarning(
                        "loss.min_kept",
                        "a batch has \(facts.batchSize * size) \(size > 1 ? "pixels" : "images"), so that all of them count "
                            + "as the hardest", remedy: "set it to a part of that"))
            }
        }
        return found
    }

    /// The largest value that normalized pixels are known to have: those of a usual deviation are below 10.
    private static let largestPixel: Float = 100

    /// Deviations so small that hardly any image has them, as those that were divided by 255 twice.
    func normalizationWarnings() -> [ConfigWarning] {
        guard let normalize = config.data.normalize, !source.imageReader.keepsBits else { return [] }
        let largest = zip(normalize.mean, normalize.standardDeviation).map { max(1 - $0, $0) / $1 }.max() ?? 0
        guard largest > Self.largestPixel else { return [] }
        return [
            ConfigWarning(
                "data.normalize.standard_deviation", "pixels from 0 to 1 become values up to \(largest.rounded())",
                remedy: "'nn data stats' prints the deviation of the data")
        ]
    }

    /// Refuses a mean and a deviation in other units than those of pixels from 0 to 1.
    func checkNormalization() throws(ConfigError) {
        // Floats of files may have any scale.
        guard let normalize = config.data.normalize, !source.imageReader.keepsBits else { return }
        let isMeanWrong = normalize.mean.contains { $0 < 0 || $0 > 1 }
        guard isMeanWrong || normalize.standardDeviation.contains(where: { $0 > 1 }) else { return }
        let lists = [normalize.mean, normalize.standardDeviation]
        // No deviation of bytes is so small, nor is one of pixels from 0 to 1 so large.
        let areOfBytes = lists.map { list in list.contains { $0 > 2 } && list.allSatisfy { 0...255 ~= $0 } }
        let isOfBytes = zip(lists, areOfBytes).allSatisfy { list, areBytes in
            areBytes || list.allSatisfy { 0...1 ~= $0 }
        }
        func text(_ index: Int) -> String {
            let values = lists[index].map { areOfBytes[index] ? ($0 / 255 * 10000).rounded() / 10000 : $0 }
            return "[\(values.map { "\($0)" }.joined(separator: ", "))]"
        }
        throw ConfigError(
            "must be from 0 to 1, as pixels are here, not "
                + "\(isMeanWrong ? normalize.mean : normalize.standardDeviation)",
            remedy: isOfBytes
                ? "in these units, values for pixels from 0 to 255 are mean: \(text(0)), standard_deviation: "
                    + text(1)
                : "'nn data stats' prints those of the data",
            keyPath: "data.normalize.\(isMeanWrong ? "mean" : "standard_deviation")")
    }
}

extension Component<TransformEnvironment, any BatchTransform> {
    /// Whether images are mixed with others of their batch.
    fileprivate var mixes: Bool { name == "mixup" || name == "cutmix" }
}
