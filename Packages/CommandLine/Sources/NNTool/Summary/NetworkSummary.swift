import NNLayers

/// A network layer by layer, from shapes alone: nothing is calculated.
struct NetworkSummary: Encodable {
    /// A layer as it was called.
    struct Layer: Encodable, Equatable {
        /// The dotted path in a state dictionary.
        let path: String
        let type: String
        /// `[N, H, W, C]` or `[N, C]`; nil for a layer that calculates nothing, such as an identity.
        let outputShape: [Int]?
        /// Trainable and frozen ones.
        let parameters: Int
        /// Multiplications that are followed by an addition.
        let multiplyAccumulates: Int
    }

    let imageSize: [Int]
    let layers: [Layer]
    let parameters: Int
    let trainableParameters: Int
    let frozenParameters: Int
    let parametersWithStatistics: Int
    let multiplyAccumulates: Int

    /// Runs a network on the shape of one image.
    /// - Throws: `ShapeError` for the first operation whose inputs do not fit.
    init(_ network: Network, imageSize size: Size) throws(ShapeError) {
        let trace = Trace()
        let recorder = LayerRecorder(network, trace: trace)
        let image = trace.input(
            TensorSpecification(shape: [1, size.height, size.width, network.backbone.inputChannels]))
        _ = network(image, .inference(observer: recorder))
        try trace.check()
        let count = network.parameterCount
        imageSize = [size.height, size.width]
        layers = recorder.layers
        parameters = count.parameters
        trainableParameters = count.trainable
        frozenParameters = count.frozen
        parametersWithStatistics = count.parameters + count.statistics
        multiplyAccumulates = trace.steps.reduce(0) { $0 + $1.multiplyAccumulates }
    }
}
