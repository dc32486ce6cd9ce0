import NNLayers

/// Weights the channels of `[N, H, W, C]` by what their means over all pixels say together
/// (Lee and Park 2020): squeeze-excitation with a single layer that keeps all channels.
public final class EffectiveSqueezeExcitation: Layer {
    @Child("fc") var mixing: Conv2D

    public init(channels: Int, initializer: any Initializer = .heNormal) {
        mixing = Conv2D(
            inputChannels: channels, outputChannels: channels, kernel: 1, initializer: initializer)
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        let means = input.globalAveragePooled().reshaped([input.shape[0], 1, 1, input.shape[3]])
        // The hard sigmoid, min(max(x + 3, 0), 6) / 6.
        return input * ((mixing(means, context) + 3).activated(by: .relu6) / 6)
    }
}
