import NNDatasets
import NNInference
import NNLayers
import NNOptimizers
import NNPluginTesting
import NNTesting
import NNTraining
import NNWeights
import Testing

// nnkit compiles these tests and the plugin as one module.
#if canImport(AllKinds)
import AllKinds
#endif

/// Each component meets the check of its kind.
@Suite struct ConformanceTests {
    private let registry: Registry

    init() throws { registry = try Registry(plugins: [LayersPlugin(), AllKindsPlugin()]) }

    @Test func activation() throws {
        try checkLayer(StarReLU(), input: [2, 5, 7, 3])
        let make = try registry.build(.activation, from: ["type": "star_relu", "scale": 2, "bias": 1])
        let layer = make()
        #expect(layer(Tensor([-3, 0.5] as [Float]), .inference()).floats == [1, 1.5])
    }

    @Test func normalization() throws {
        try checkLayer(GroupNorm(channels: 6, groups: 2), input: [2, 5, 4, 6])
        let make = try registry.build(.normalization, from: ["type": "group_norm", "groups": 4])
        #expect((make(6) as? GroupNorm)?.groups == 3)
        // Each half of the channels has a mean of 0 and a variance of 1.
        let input = Tensor.normal([1, 8, 8, 4], mean: 3, standardDeviation: 5, key: RandomKey(seed: 0))
        let norm = GroupNorm(channels: 4, groups: 2)
        norm.initialize(key: RandomKey(seed: 0))
        for half in norm(input, .inference()).split(sizes: [2, 2], axis: -1) {
            #expect(abs(half.mean().item) < 1e-5 && abs(half.variance().item - 1) < 1e-3)
        }
    }

    @Test func attention() throws {
        try checkLayer(SimAM(), input: [2, 5, 4, 6])
        let make = try registry.build(.attention, from: ["type": "simam", "lambda": 0.1], ConvolutionStyle())
        #expect((make(6) as? SimAM)?.lambda == 0.1)
    }

    @Test func layer() throws {
        for (stride, channels) in [(2, 4), (1, 3)] {
            let node: ConfigNode = ["type": "blur_pool", "stride": ConfigNode(.integer(stride))]
            let layer = try registry.build(.layer, from: node, LayerEnvironment(channels: channels))
            try checkLayer(layer, channels: channels)
        }
        // Inside the map a constant stays as it is.
        let blurred = BlurPool(channels: 1, stride: 1)(.full([1, 5, 5, 1], value: 3), .inference())
        #expect(blurred[0, 2, 2, 0].item == 3)
    }

    @Test func pooling() throws {
        try checkPooling(registry.build(.pooling, from: "log_sum_exp"))
        let map = Tensor([1, 2, 3, 6] as [Float], shape: [1, 2, 2, 1])
        func pooled(_ sharpness: Float) -> Float { LogSumExpPool(sharpness: sharpness)(map, .inference()).item }
        #expect(abs(pooled(0.01) - 3) < 0.03)
        #expect(abs(pooled(100) - 6) < 0.03)
    }

    /// Every option takes every wrong value as an error, or works with it.
    @Test func options() throws {
        let registry = try Registry(plugins: [LayersPlugin(), AllKindsPlugin()])
        try checkOptions(.activation, "star_relu", in: registry)
        try checkOptions(.normalization, "group_norm", in: registry)
        try checkOptions(.attention, "simam", in: registry)
        try checkOptions(.layer, "blur_pool", in: registry)
        try checkOptions(.pooling, "log_sum_exp", in: registry)
        try checkOptions(.initializer, "orthogonal", in: registry)
        try checkOptions(.backbone, "convmixer", in: registry)
        try checkOptions(.head, "generalized_mean", in: registry)
        try checkOptions(.loss, "poly", in: registry)
        try checkOptions(.dataset, "gratings", in: registry)
        try checkOptions(.transform, "cutout", in: registry)
        try checkOptions(.sampler, "repeated_augmentation", in: registry)
        try checkOptions(.metric, "calibration_error", in: registry)
        let group: ConfigNode = ["pattern": "weight", "lr_factor": 0.5, "weight_decay": 0.1]
        try checkOptions(.optimizer, ["type": "lion", "groups": [group]], in: registry)
        try checkOptions(.schedule, "inverse_root", in: registry)
        try checkOptions(.callback, ["type": "stop_at_score", "metric": "validation_top1"], in: registry)
    }

    @Test func initializer() throws {
        // The rows of an orthonormal matrix [O, I] have elements of the variance 1 / I, the columns 1 / O.
        try checkInitializer(Orthogonal()) { (1 / Double(max($0[0], $0.dropFirst().reduce(1, *)))).squareRoot() }
        let weight = try registry.build(.initializer, from: ["type": "orthogonal", "gain": 2])
            .values([3, 2, 2], key: RandomKey(seed: 0)).reshaped([3, 4])
        let products = weight.linear(weight: weight)
        try checkClose(products, Tensor([4, 0, 0, 0, 4, 0, 0, 0, 4] as [Float], shape: [3, 3]), absolute: 1e-5)
    }

    @Test func backbone() throws {
        try checkBackbone(ConvMixer(width: 8, depth: 2, kernel: 3, patch: 4))
        let backbone = try registry.build(
            .backbone, from: ["type": "convmixer", "width": 8, "depth": 1, "attention": "simam"])
        #expect(backbone.features == [FeatureInfo(channels: 8, stride: 7)])
    }

    @Test func head() throws {
        let features = [FeatureInfo(channels: 4, stride: 2), FeatureInfo(channels: 6, stride: 4)]
        try checkHead(GeneralizedMeanClassifier(features: features, classes: 5), features: features, classCount: 5)
        let error = #expect(throws: ConfigError.self) {
            try registry.build(.head, from: "generalized_mean", HeadEnvironment(features: [], classCount: 5))
        }
        #expect(error?.description.contains("head 'generalized_mean' needs a feature") == true)
    }

    @Test func loss() throws {
        for epsilon: Float in [0, 1, 2.5] {
            try checkLoss(PolyLoss(epsilon: epsilon, ignoreIndex: 255), classCount: 4, ignoreIndex: 255)
        }
        // Of logits 0 the probability of each of two classes is a half.
        let loss = try registry.build(.loss, from: ["type": "poly", "epsilon": 2], LossEnvironment(classCount: 2))
        let value = loss(.zeros([1, 2]), labels: Tensor([0] as [Int32])).item
        #expect(abs(value - (0.693147 + 2 * 0.5)) < 1e-5)
        try checkLoss(PoissonLoss(), classCount: 3, tasks: [.objectCount], gradientTolerance: 1e-3)
    }

    /// The built-in metric measures the counts of the plugin's task.
    @Test func metricOfTheTask() throws {
        try checkMetric(RegressionErrors(names: ["a", "b"]), classCount: 2, tasks: [.objectCount])
    }

    @Test func dataset() throws {
        var options = Gratings.Options()
        (options.size, options.trainCount) = (16, 40)
        try checkDatasetSource(options, sampleLimit: 10)
        var dots = Dots.Options()
        dots.trainCount = 40
        try checkDatasetSource(dots, sampleLimit: 10)
    }

    @Test func transform() throws {
        try checkTransform(Cutout(probability: 1), effect: .recolored)
        try checkTransform(Cutout(side: 1, probability: 1), effect: .recolored)
        let environment = TransformEnvironment(task: .classification)
        let error = #expect(throws: ConfigError.self) {
            try registry.build(.transform, from: ["type": "cutout", "side": 2], environment)
        }
        #expect(error?.description.contains("side: must be between 0 and 1, not 2.0") == true, "\(error!)")
    }

    @Test func sampler() throws {
        try checkSampler(RepeatedAugmentationSampler(count: 20, repeats: 3), count: 20)
        let order = RepeatedAugmentationSampler(count: 20, repeats: 4).order(epoch: 0, key: RandomKey(seed: 0))
        #expect(Set(order).count == 5)
    }

    @Test func metric() throws {
        for classes in [2, 5] {
            try checkMetric(CalibrationError(ignoreIndex: 255), classCount: classes, ignoreIndex: 255)
        }
        // Sure of two predictions, of which one is right.
        var metric = CalibrationError()
        metric.update(
            Predictions(logits: Tensor([40, 0, 40, 0] as [Float], shape: [2, 2])), labels: Tensor([0, 1] as [Int32]))
        #expect(abs(metric.values[0].value - 50) < 1e-6)
    }

    @Test func optimizer() throws {
        try checkUpdateRule(Lion.Rule())
        try checkOptimizer { Lion($0, learningRate: 0.02, weightDecay: 0.01) }
        let parameter = Parameter(wrappedValue: Tensor([1] as [Float]))
        let lion = Lion([("weight", parameter)], learningRate: 0.1, weightDecay: 0.5)
        try lion.step((parameter.wrappedValue * 3).sum().backward())
        #expect(abs(parameter.value.item - (1 - 0.1 * 0.5 - 0.1)) < 1e-6)
    }

    @Test func schedule() throws {
        try checkSchedule(InverseRootSchedule(learningRate: 0.1, start: 10, timescale: 20))
        let schedule = try registry.build(
            .schedule, from: ["type": "inverse_root", "timescale": 20, "warmup_steps": 10],
            ScheduleEnvironment(totalSteps: 100, stepsPerEpoch: 10, baseLearningRate: 0.1))
        try checkSchedule(schedule)
        #expect(schedule.learningRate(at: 10) == 0.1)
        #expect(abs(schedule.learningRate(at: 70) - 0.05) < 1e-9)
    }

    @Test func callback() throws {
        try checkCallback { StopAtScore(metric: "validation_top1", value: 0) }
        try checkCallback { StopAtScore(metric: "validation_top1", value: 101) }
    }

    @Test func nameMap() throws {
        let map = try registry.build(.nameMap, from: "timm_convmixer")
        let backbone = ConvMixer(width: 8, depth: 2, kernel: 3, patch: 4)
        let norms = ["weight", "bias", "running_mean", "running_var"].map { ($0, [8] as Shape) }
        func layers(_ prefix: String, _ kernel: Shape, norm: String) -> [(name: String, shape: Shape)] {
            [("\(prefix).weight", kernel), ("\(prefix).bias", [8])]
                + norms.map { ("\(norm).\($0.0)", $0.1) } + [("\(norm).num_batches_tracked", [])]
        }
        // What timm 1.0 lists of ConvMixer(dim=8, depth=2, kernel_size=3, patch_size=4, num_classes=10).
        var file = layers("stem.0", [8, 3, 4, 4], norm: "stem.2")
        for block in ["blocks.0", "blocks.1"] {
            file += layers("\(block).0.fn.0", [8, 1, 3, 3], norm: "\(block).0.fn.2")
            file += layers("\(block).1", [8, 8, 1, 1], norm: "\(block).3")
        }
        file += [("head.weight", [10, 8]), ("head.bias", [10])]
        let head = GeneralizedMeanClassifier(features: backbone.features, classes: 10)
        try checkNameMap(map, of: file, for: Network(backbone, head), except: ["head.exponent"])
    }
}
