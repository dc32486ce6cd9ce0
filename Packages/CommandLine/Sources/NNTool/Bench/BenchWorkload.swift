import NNLayers
import NNOptimizers
import NNTraining

/// A network with generated images and labels to run it on.
final class BenchWorkload {
    let network: Network
    let classCount: Int
    let images: Tensor
    let precision: Precision
    private let labels: Tensor
    private let loss: any Loss
    private let auxiliaryLossWeight: Float
    private let optimizer: Optimizer
    private var step: UInt64 = 0

    /// - Throws: `ConfigError` for unknown names, wrong options and a loss that does not fit, `ShapeError` for images
    ///   that do not.
    init(
        _ config: ExperimentConfig, for mode: BenchCommand.Mode, registry: Registry, classCount: Int,
        classNames: [String] = [], imageSize: Size, batch: Int, precision: Precision
    ) throws {
        self.classCount = classCount
        self.precision = precision
        network = try ModelBuilder(registry).network(config.model, classCount: classCount)
        try config.training.freezeParts(of: network)
        let key = RandomKey(seed: config.seed)
        network.initialize(key: key)
        optimizer = try registry.build(
            .optimizer, from: config.optimizer, OptimizerEnvironment(parameters: ModuleTree(network).parameters))
        loss = try registry.build(
            .loss, from: config.loss, LossEnvironment(classCount: classCount, classNames: classNames))
        auxiliaryLossWeight = config.model.auxiliaryLossWeight
        // Proves by shapes alone that the images fit, and in training the loss.
        switch mode {
        case .infer: _ = try NetworkSummary(network, imageSize: imageSize)
        case .train:
            _ = try ShapeProof(
                network, loss: loss, classCount: classCount, imageSize: imageSize, batchSize: batch,
                precision: precision, optimizer: optimizer, keepsAverage: false, at: config.model.backbone)
        }
        images = Tensor.uniform(
            [batch, imageSize.height, imageSize.width, network.backbone.inputChannels], in: 0..<1,
            key: key.derived("images")
        ).cast(to: precision.dataType)
        let labelShape: Shape =
            network.head.task == .segmentation ? [batch, imageSize.height, imageSize.width] : [batch]
        var random = RandomGenerator(key: key.derived("labels"))
        labels = Tensor(
            (0..<labelShape.elementCount).map { _ in Int32.random(in: 0..<Int32(classCount), using: &random) },
            shape: labelShape)
    }

    /// Forward, loss, backward and the change of the weights.
    func train() throws {
        step += 1
        let context = Context(training: true, precision: precision, random: RandomKey(seed: step))
        let gradients = network.logitsAndLoss(of: images, context, auxiliaryWeight: auxiliaryLossWeight) {
            loss($0, labels: labels)
        }.loss.backward()
        try optimizer.step(gradients, learningRate: optimizer.baseLearningRate)
    }

    /// Forward only.
    func infer() {
        withoutGradients { _ = network(images, .inference(precision: precision)) }
    }
}
