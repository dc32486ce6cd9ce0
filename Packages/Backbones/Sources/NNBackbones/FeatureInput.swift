import NNLayers

/// Passes on features that another backbone computed: the data set holds them instead of images.
///
/// It has no parameters, so a head that was trained on it fits the backbone that the features came from.
public final class FeatureInput: Backbone {
    /// One feature of stride 1.
    public let features: [FeatureInfo]
    /// The number of features of an image.
    public let inputChannels: Int

    /// - Parameter channels: The number of features of an image.
    public init(channels: Int) {
        requireOptions("FeatureInput") { try OptionError.check("channels", channels, .count) }
        features = [FeatureInfo(channels: channels, stride: 1)]
        inputChannels = channels
    }

    /// Passes on the features.
    /// - Parameter images: `[N, 1, 1, C]`
    public func forward(_ images: Tensor, context: Context) -> [Feature] { [Feature(images)] }
}

extension FeatureInput {
    /// Options of ``FeatureInput``.
    struct Options: BuildableOptions {
        /// The number of features of an image; null for that of the data set.
        var channels: Int?

        /// The defaults.
        init() {}

        func validate() throws { try check("channels", channels, .count) }

        func build(_: Void, in registry: Registry) throws -> any Backbone {
            guard let channels else {
                throw OptionError(
                    "channels", "must be the number of features, unless the data set is one of features and tells it")
            }
            return FeatureInput(channels: channels)
        }
    }
}
