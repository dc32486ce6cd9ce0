import NNDatasets
import NNLayers
import Testing
@_spi(Internal) import NNTraining

@Suite struct ExperimentConfigTests {
    private func problems(_ yaml: String) throws -> [String] {
        let node = try YAMLReader.read(yaml, source: "a.yaml")
        return ConfigDecoder().decodeGathering(ExperimentConfig.self, from: node).problems.map(\.description)
    }

    @Test func readsAWholeFile() throws {
        let node = try YAMLReader.read(
            """
            model:
              backbone: {type: resnet_cifar, depth: 20}
              head: {type: classifier}
            data:
              dataset: {type: class_folders, path: data/cifar10}
              train_transforms: [{type: pad_crop, padding: 4, size: 32}, flip]
              validation_transforms: []
              normalize: {mean: [0.4914, 0.4822, 0.4465], standard_deviation: [0.247, 0.2435, 0.2616]}
              batch_size: 128
              loader_threads: 2
              sampler: shuffle
            loss: {type: cross_entropy, label_smoothing: 0.0}
            optimizer: {type: sgd, lr: 0.1}
            schedule: {type: cosine, warmup_epochs: 0}
            training: {gradient_clip_norm: null, accumulate: 2, ema: {decay: 0.99}, early_stopping: {patience: 3},
                fast_fp32: true}
            epochs: 15
            precision: bf16
            seed: 7
            """, source: "a.yaml")
        let config = try ConfigDecoder().decode(ExperimentConfig.self, from: node)
        #expect(config.model.backbone == ["type": "resnet_cifar", "depth": 20])
        #expect(config.model.backbone.node["depth"]?.place?.description == "a.yaml:2:41")
        #expect(config.data.trainTransforms == [["type": "pad_crop", "padding": 4, "size": 32], "flip"])
        #expect(config.data.normalize?.standardDeviation == [0.247, 0.2435, 0.2616])
        #expect(config.data.batchSize == 128)
        #expect(config.training.gradientClipNorm == nil)
        #expect(config.training.accumulate == 2)
        #expect(config.training.fastFP32)
        #expect(config.training.ema?.decay == 0.99)
        #expect(config.training.earlyStopping?.patience == 3)
        #expect(config.training.earlyStopping?.minimumChange == 0)
        #expect(config.precision == .bfloat16)
        #expect(config.seed == 7)
    }

    @Test func whatItWritesItReadsBack() throws {
        var config = ExperimentConfig()
        config.model.backbone = ["type": "resnet_cifar", "depth": 20]
        config.data.normalize = Normalization()
        config.training.ema = MovingAverageConfig()
        let yaml = YAMLWriter.write(config.node)
        let read = try ConfigDecoder().decode(
            ExperimentConfig.self, from: YAMLReader.read(yaml, source: "resolved.yaml"))
        #expect(read.node == config.node)
    }

    @Test(arguments: [
        ("epochs: 0", "a.yaml:1:9: epochs: must be 1 or more, not 0"),
        ("data: {batch_size: 0}", "a.yaml:1:20: data.batch_size: must be 1 or more, not 0"),
        ("data: {loader_threads: -1}", "a.yaml:1:24: data.loader_threads: must be from 0 to 256, not -1"),
        (
            "data: {normalize: {mean: [0.5]}}",
            "a.yaml:1:26: data.normalize.mean: must be as many numbers as 'standard_deviation' has, one for each channel: 3, not 1"
        ),
        (
            "data: {normalize: {mean: [.nan, 0, 0]}}",
            "a.yaml:1:27: data.normalize.mean.0: must be a finite number, not nan"
        ),
        (
            "data: {normalize: {standard_deviation: [1, 0, 1]}}",
            "a.yaml:1:44: data.normalize.standard_deviation.1: must be above 0, not 0.0"
        ),
        ("training: {accumulate: 0}", "a.yaml:1:24: training.accumulate: must be 1 or more, not 0"),
        ("training: {gradient_clip_norm: 0}", "a.yaml:1:32: training.gradient_clip_norm: must be positive, not 0.0"),
        (
            "training: {gradient_clip_value: -1}",
            "a.yaml:1:33: training.gradient_clip_value: must be positive, not -1.0"
        ),
        ("training: {ema: {decay: 1}}", "a.yaml:1:25: training.ema.decay: must be 0 or more and below 1, not 1.0"),
        (
            "training: {early_stopping: {patience: 0}}",
            "a.yaml:1:39: training.early_stopping.patience: must be 1 or more, not 0"
        ),
        (
            "training: {early_stopping: {minimum_change: -1}}",
            "a.yaml:1:45: training.early_stopping.minimum_change: must be 0 or more, not -1.0"
        ),
        ("precision: fp16", "a.yaml:1:12: precision: unknown value 'fp16'; known: fp32, bf16"),
        ("seed: -1", "a.yaml:1:7: seed: -1 is outside 0...18446744073709551615"),
        (
            "training: {ema: {dekay: 0.9}}",
            "a.yaml:1:18: training.ema.dekay: unknown key 'dekay'; did you mean 'decay'? Known: decay"
        ),
    ])
    func valuesThatCannotBeUsed(yaml: String, message: String) throws {
        #expect(try problems(yaml) == [message])
    }
}
