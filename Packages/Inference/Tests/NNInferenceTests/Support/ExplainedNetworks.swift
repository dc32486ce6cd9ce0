import NNLayers

/// Two convolutions with activations, whose first map is moved before the second one.
final class TwoMaps: Backbone {
    @Child var first: Conv2D
    @Child var second: Conv2D
    let features = [FeatureInfo(channels: 4, stride: 1), FeatureInfo(channels: 5, stride: 2)]
    /// What is added to each channel of the first map.
    var offsets = [Float](repeating: 0, count: 4)

    init() {
        first = Conv2D(inputChannels: 3, outputChannels: 4, kernel: 3, padding: .same)
        second = Conv2D(inputChannels: 4, outputChannels: 5, kernel: 3, strides: 2, padding: .same)
    }

    func forward(_ images: Tensor, context: Context) -> [Feature] {
        let map = first(images, context).activated(by: .relu) + Tensor(offsets).cast(to: images.dataType)
        return [Feature(map), Feature(second(map, context).activated(by: .relu))]
    }
}

/// The mean of the last map and a linear layer.
final class MeanHead: Head {
    @Child var linear: Linear
    let task: PredictionTask

    init(task: PredictionTask = .classification, outputs: Int = 3) {
        self.task = task
        linear = Linear(inputFeatures: 5, outputFeatures: outputs)
    }

    func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        linear(features[1].map.globalAveragePooled(), context)
    }
}

/// A linear layer for each pixel of the first map.
final class PixelHead: Head {
    @Child var linear: Conv2D
    let task = PredictionTask.segmentation

    init() { linear = Conv2D(inputChannels: 4, outputChannels: 3, kernel: 1) }

    func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        linear(features[0].map, context)
    }
}
