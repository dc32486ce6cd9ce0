import NNLayers

extension Experiment {
    /// Proves that training can begin: builds every part, and runs the network and the loss on shapes
    /// alone, at the size of the first sample after its transforms.
    ///
    /// - Parameter pretrained: Whether to begin with the weights that the configuration names, which must fit then.
    /// - Throws: `ConfigError` for the part that does not fit, or `DatasetError`.
    public func proveShapes(pretrained: Bool = true) throws -> ShapeProof {
        try checkPreparation()
        let network = try buildNetwork()
        if pretrained {
            try ModelBuilder(registry).checkWeights(
                of: config.model, for: network, classCount: dataset(.train).classNames.count)
        }
        let parameterCount = network.parameterCount
        // Memory must suffice when all is trained that ever will be.
        config.training.freezing.apply(to: network, epoch: config.epochs)
        let optimizer = try makeOptimizer(for: network)
        let loss = try makeLoss()
        _ = try makeMetrics()
        let classCount = try dataset(.train).classNames.count
        func proof(_ imageSize: Size) throws -> ShapeProof {
            try ShapeProof(
                network, loss: loss, classCount: classCount, imageSize: imageSize, batchSize: config.data.batchSize,
                precision: config.precision, optimizer: optimizer, keepsAverage: config.training.ema != nil,
                at: config.model.backbone)
        }
        let trainingSize = try imageSize(.train)
        let validationSize = try imageSize(.validation)
        var result = try proof(trainingSize)
        result.parameterCount = parameterCount
        if validationSize != trainingSize { _ = try proof(validationSize) }
        return result
    }
}
