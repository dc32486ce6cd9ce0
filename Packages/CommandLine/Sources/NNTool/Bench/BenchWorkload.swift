import Foundation
@_spi(Internal) import NNCore
import NNLayers
import NNOptimizers
@_spi(Internal) import NNTraining

/// A network with generated images and labels.
final class BenchWorkload {
    let network: Network
    private let prepared: PreparedNetwork
    let classCount: Int
    let images: Tensor
    let precision: Precision
    private let labels: Tensor
    private let loss: any Loss
    private let auxiliaryLossWeight: Float
    private let checkpoints: Bool
    private let optimizer: Optimizer
    private let optimizerName: String
    private var step: UInt64 = 0

    /// - Throws: `ConfigError` for unknown names, invalid options and a loss that does not fit, `ShapeError` for images
    ///   that do not fit.
    init(
        _ config: ExperimentConfig, for mode: BenchCommand.Mode, registry: Registry, classCount: Int,
        classNames: [String] = [], imageSize: Size, batch: Int, precision: Precision
    ) throws {
        self.classCount = classCount
        self.precision = precision
        let task = try ModelBuilder(registry).task(of: config.data)
        network = try ModelBuilder(registry).network(config.model, classCount: classCount, task: task)
        prepared = network.prepared()
        try config.training.freezeParts(of: network)
        let key = RandomKey(seed: config.seed)
        network.initialize(key: key)
        optimizer = try registry.build(
            .optimizer, config.optimizer, OptimizerEnvironment(parameters: ModuleTree(network).parameters))
        optimizerName = config.optimizer.name ?? "optimizer"
        loss = try registry.build(
            .loss, config.loss(for: task),
            LossEnvironment(classCount: classCount, classNames: classNames, task: task))
        auxiliaryLossWeight = config.model.auxiliaryLossWeight
        checkpoints = config.training.checkpointing
        // Checks by shapes alone that the images fit, and for training the loss.
        switch mode {
        case .infer: _ = try NetworkSummary(network, imageSize: imageSize)
        case .train:
            _ = try ShapeProof(
                network, loss: loss, task: network.head.task, classCount: classCount, imageSize: imageSize,
                batchSize: batch, precision: precision, checkpoints: checkpoints, optimizer: optimizer,
                keepsAverage: false,
                at: config.model.backbone.node)
        }
        images = Tensor.uniform(
            [batch, imageSize.height, imageSize.width, network.backbone.inputChannels], in: 0..<1,
            key: key.derived("images")
        ).cast(to: precision.dataType)
        let pixels = task.isDense ? [imageSize.height, imageSize.width] : []
        let labelShape = Shape([batch] + pixels + (task.labels == .classes ? [] : [classCount]))
        var random = RandomGenerator(key: key.derived("labels"))
        let upper = Int32(task.labels == .classes ? classCount : 2)
        labels = Tensor(
            (0..<labelShape.elementCount).map { _ in Int32.random(in: 0..<upper, using: &random) }, shape: labelShape
        ).cast(to: task.labels.dataType)
    }

    /// What is measured.
    func step(_ mode: BenchCommand.Mode) -> () throws -> Void { mode == .train ? train : infer }

    /// One training step: forward pass, loss, backward pass and weight update.
    func train() throws {
        step += 1
        let context = Context(
            training: true, precision: precision, random: RandomKey(seed: step), checkpoints: checkpoints)
        let gradients = network.logitsAndLoss(of: images, context, auxiliaryWeight: auxiliaryLossWeight) {
            loss($0, labels: labels)
        }.loss.backward()
        _ = try Engine.observed(ObservedWork(operation: optimizerName, phase: .update)) {
            try optimizer.step(gradients, learningRate: optimizer.baseLearningRate)
        }
    }

    /// One forward pass, planned with the first one.
    func infer() {
        withoutGradients { _ = prepared(images, .inference(precision: precision)) }
    }
}
