import NNLayers

/// Hands features on to a head that another backbone made before: the data set holds them in the place of
/// pictures.
///
/// It has no parameters, so that a head trained on it fits the backbone that the features came from.
public final class FeatureInput: Backbone {
    public let features: [FeatureInfo]
    public let inputChannels: Int

    /// - Parameter channels: How many features stand for a picture.
    public init(channels: Int) {
        require(channels > 0, "FeatureInput: \(channels) channels")
        features = [FeatureInfo(channels: channels, stride: 1)]
        inputChannels = channels
    }

    /// - Parameter images: `[N, 1, 1, C]`
    public func forward(_ images: Tensor, context: Context) -> [Feature] { [Feature(images)] }
}
