import NNDatasets
import NNInference
import NNLayers
import NNOptimizers
@_spi(Testing) import NNTesting
import NNTraining

/// Checks the options of a data set, see `checkOptions(_:_:in:_:use:)`: each split is opened, and its first sample read.
public func checkOptions(
    _ kind: ComponentKind<Void, any DatasetSource>, _ options: ConfigNode, in registry: Registry
) throws {
    try checkOptions(kind, options, in: registry, ()) { source in
        for split in Split.allCases {
            let dataset = try source.dataset(split)
            if dataset.count > 0, dataset.features == nil { _ = try dataset.sample(at: 0) }
        }
    }
}

/// Checks the options of a transform, see `checkOptions(_:_:in:_:use:)`, with a label and with a mask.
public func checkOptions(
    _ kind: ComponentKind<TransformEnvironment, any Transform>, _ options: ConfigNode, in registry: Registry
) throws {
    for task in [PredictionTask.classification, .segmentation] {
        let environment = TransformEnvironment(task: task, ignoreIndex: 255)
        // Some transforms are for one of the tasks only.
        if (try? registry.build(kind, from: options, environment)) == nil, task == .segmentation { continue }
        try checkOptions(kind, options, in: registry, environment) { transform in
            let size = Size(height: 40, width: 52)
            let mask = Image(size: size, channels: 1, filledWith: 1)
            let sample = Sample(
                image: Image(size: size, filledWith: 90), target: task == .segmentation ? .mask(mask) : .label(1),
                name: "sample")
            for seed in 0..<4 {
                var random = RandomGenerator(key: RandomKey(seed: UInt64(seed)))
                let result = try transform(sample, random: &random)
                if case .mask(let mask) = result.target, mask.size != result.image.size {
                    throw CheckFailure(
                        subject: "sample", findings: ["the mask is \(mask.size), the image \(result.image.size)"])
                }
            }
        }
    }
}

/// Checks the options of a batch transform, see `checkOptions(_:_:in:_:use:)`: mixed images are finite.
public func checkOptions(
    _ kind: ComponentKind<TransformEnvironment, any BatchTransform>, _ options: ConfigNode, in registry: Registry
) throws {
    try checkOptions(kind, options, in: registry, TransformEnvironment(task: .classification)) { transform in
        for seed in 0..<4 {
            let images = Tensor.normal([4, 6, 5, 3], key: RandomKey(seed: 1))
            let batch = Batch(images: images, labels: Tensor([0, 1, 2, 0] as [Int32]), indices: [0, 1, 2, 3])
            var random = RandomGenerator(key: RandomKey(seed: UInt64(seed)))
            let mixed = transform(batch, random: &random)
            try requireFinite(mixed.images, "the images")
            guard mixed.mixture.map({ (0...1).contains($0.share) }) ?? true else {
                throw CheckFailure(subject: "batch", findings: ["the share is \(mixed.mixture!.share)"])
            }
        }
    }
}

/// Checks the options of a sampler, see `checkOptions(_:_:in:_:use:)`: the samples that it visits exist.
public func checkOptions(
    _ kind: ComponentKind<SamplerEnvironment, any Sampler>, _ options: ConfigNode, in registry: Registry
) throws {
    let dataset = Shapes(split: .train, size: 16, classCount: 3, count: 12)
    try checkOptions(kind, options, in: registry, SamplerEnvironment(dataset: dataset)) { sampler in
        let order = sampler.order(epoch: 1, key: RandomKey(seed: 0))
        guard order.allSatisfy((0..<12).contains), !order.isEmpty else {
            throw CheckFailure(subject: "sampler", findings: ["the order of 12 samples is \(order)"])
        }
    }
}

/// Checks the options of a metric of two classes or outputs, see `checkOptions(_:_:in:_:use:)`: its values are finite for
/// all labels that it takes, of which some are ignored or unknown.
public func checkOptions(
    _ kind: ComponentKind<MetricEnvironment, any Metric>, _ options: ConfigNode, in registry: Registry
) throws {
    let environment = MetricEnvironment(classNames: ["a", "b"], ignoreIndex: 255)
    try checkOptions(kind, options, in: registry, environment) { metric in
        for task in PredictionTask.allCases where metric.labelKinds.contains(task.labels) {
            var metric = metric
            let example = TaskLabels(task, outputCount: 2, count: 12)
            metric.update(
                Predictions(logits: example.random, task: task),
                labels: example.labels(without: [4, 9], ignoreIndex: 255))
            guard metric.values.allSatisfy(\.value.isFinite) else {
                throw CheckFailure(subject: "metric", findings: ["it measures \(metric.values.map(\.value))"])
            }
            _ = metric.report
        }
    }
}

/// Checks the options of an optimizer of the parameters `weight` and `bias`, see `checkOptions(_:_:in:_:use:)`: a step gives
/// finite values. Large learning rates may diverge later, which trainers report.
public func checkOptions(
    _ kind: ComponentKind<OptimizerEnvironment, Optimizer>, _ options: ConfigNode, in registry: Registry
) throws {
    let values: [(name: String, value: Tensor)] = [
        ("weight", .normal([4, 3], key: RandomKey(seed: 0))), ("bias", .ones([3])),
    ]
    let parameters = values.map { (name: $0.name, parameter: Parameter(wrappedValue: $0.value)) }
    try checkOptions(kind, options, in: registry, OptimizerEnvironment(parameters: parameters)) { optimizer in
        for ((_, value), (_, parameter)) in zip(values, parameters) { parameter.update { $0 = value } }
        let sum = parameters[0].parameter.wrappedValue.sum() + parameters[1].parameter.wrappedValue.sum()
        try optimizer.step((sum * sum).backward(), clipping: .norm(1))
        for (name, parameter) in parameters { try requireFinite(parameter.value, "the \(name) after a step") }
    }
}

/// Checks the options of a schedule, see `checkOptions(_:_:in:_:use:)`: learning rates are finite and not negative, and
/// so they are after reports that do not improve.
public func checkOptions(
    _ kind: ComponentKind<ScheduleEnvironment, any Schedule>, _ options: ConfigNode, in registry: Registry
) throws {
    let environment = ScheduleEnvironment(totalSteps: 100, stepsPerEpoch: 10, baseLearningRate: 0.1)
    try checkOptions(kind, options, in: registry, environment) { schedule in
        var schedule = schedule
        for report in 0..<3 {
            for step in Array(0...110) + [1 << 20, 1 << 31, 1 << 50] {
                let rate = schedule.learningRate(at: step)
                guard rate.isFinite, rate >= 0 else {
                    throw CheckFailure(
                        subject: "schedule",
                        findings: ["the learning rate of step \(step) is \(rate) after \(report) reports"])
                }
            }
            if schedule.metric != nil { schedule.report(1) }
        }
    }
}

/// Checks the options of a callback, see `checkOptions(_:_:in:_:use:)`; it observes no training.
public func checkOptions(
    _ kind: ComponentKind<Void, any TrainingCallback>, _ options: ConfigNode, in registry: Registry
) throws {
    try checkOptions(kind, options, in: registry, ()) { callback in _ = callback.shouldStop }
}
