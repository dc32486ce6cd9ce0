import NNLayers

/// Layers that each see the results of all before them.
final class DenseBlock: Layer {
    @Child var layers: [DenseLayer]

    /// The channels that come out.
    let channels: Int

    init(
        from inputChannels: Int, growth: Int, layerCount: Int, dilation: Int, dropout: Float, style: ConvolutionStyle
    ) {
        let layers = (0..<layerCount).map { index in
            DenseLayer(
                from: inputChannels + index * growth, growth: growth, dilation: dilation, dropout: dropout,
                style: style)
        }
        _layers = Child(wrappedValue: layers, "", memberNames: layers.indices.map { "denselayer\($0 + 1)" })
        channels = inputChannels + layerCount * growth
    }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        layers.reduce(input) { .concatenated([$0, $1($0, context)], axis: 3) }
    }
}
