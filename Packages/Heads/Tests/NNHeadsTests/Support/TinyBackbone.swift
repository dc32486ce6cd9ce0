import NNLayers

/// A backbone with given features: max pooling of the images, and a 1x1 convolution for each feature.
final class TinyBackbone: Backbone {
    let features: [FeatureInfo]

    @Child var convolutions: [Conv2D]

    init(_ features: [FeatureInfo]) {
        self.features = features
        convolutions = features.map { Conv2D(inputChannels: 3, outputChannels: $0.channels, kernel: 1) }
    }

    func forward(_ images: Tensor, context: Context) -> [Feature] {
        var pixels = images
        var stride = 1
        return zip(features, convolutions).map { info, convolution in
            while stride < info.stride {
                pixels = pixels.maxPooled(kernel: 2)
                stride *= 2
            }
            let map = convolution(pixels, context)
            return Feature(
                map, poolingIndices: info.hasPoolingIndices ? map.maxPooledWithIndices(kernel: 2).indices : nil)
        }
    }
}
