import NNHeads
import NNLayers

/// Features as backbones have them, with few channels.
enum MadeFeatures {
    /// Those of a network for large images.
    static let pyramid = strides([4, 8, 16, 32])
    /// Those of a network for small images.
    static let small = strides([1, 2, 4])
    /// Those of a network that keeps its size by dilation from some stage on.
    static let dilated = strides([4, 8, 8, 8])
    /// Those of an encoder that remembers where its poolings found the maxima.
    static let pooled = [
        FeatureInfo(channels: 4, stride: 1, hasPoolingIndices: true),
        FeatureInfo(channels: 6, stride: 2, hasPoolingIndices: true),
        FeatureInfo(channels: 8, stride: 4, hasPoolingIndices: true), FeatureInfo(channels: 8, stride: 8),
    ]
    static let all = [pyramid, small, dilated, pooled, strides([8])]

    private static func strides(_ strides: [Int]) -> [FeatureInfo] {
        strides.enumerated().map { FeatureInfo(channels: 4 + 2 * $0.offset, stride: $0.element) }
    }
}

/// The head that a configuration describes.
/// - Throws: `ConfigError` where it does not fit the features.
func head(
    _ config: ConfigNode, _ features: [FeatureInfo] = MadeFeatures.pyramid, classCount: Int = 3,
    backboneName: String? = nil
) throws -> any Head {
    let registry = try Registry(plugins: [LayersPlugin(), HeadsPlugin()])
    return try registry.build(
        .head, from: config,
        HeadEnvironment(features: features, classCount: classCount, backboneName: backboneName))
}

/// What is said of a head that does not fit; nil for one that does.
func refusal(
    of config: ConfigNode, _ features: [FeatureInfo] = MadeFeatures.pyramid, backboneName: String? = nil
) -> String? {
    do {
        _ = try head(config, features, backboneName: backboneName)
        return nil
    } catch {
        return "\(error)"
    }
}
