/// Registers the layers, activations, normalizations, attentions, poolings and initializers of this module.
public struct LayersPlugin: Plugin {
    public let name = "NNLayers"

    /// The plugin; it has no settings.
    public init() {}

    public func register(into registry: Registry) throws {
        try registerActivations(registry)
        try registerNormalizations(registry)
        try registerAttentions(registry)
        try registerLayers(registry)
        try registerPoolings(registry)
        try registerInitializers(registry)
    }

    private func registerActivations(_ registry: Registry) throws {
        let functions: [(name: String, summary: String, function: Activation)] = [
            ("identity", "x", .identity),
            ("relu", "max(x, 0)", .relu),
            ("relu6", "min(max(x, 0), 6)", .relu6),
            ("mish", "x tanh(softplus(x)) (Misra 2019)", .mish),
            ("silu", "x sigmoid(x), also called swish (Elfwing et al. 2017)", .silu),
            ("gelu", "x times the normal distribution of x (Hendrycks and Gimpel 2016)", .gelu),
            ("sigmoid", "1 / (1 + exp(-x))", .sigmoid),
            ("tanh", "the hyperbolic tangent", .tanh),
            ("softplus", "log(1 + exp(x))", .softplus),
            ("hard_swish", "x relu6(x + 3) / 6 (Howard et al. 2019)", .hardSwish),
        ]
        for (name, summary, function) in functions {
            try registry.register(.activation, name, summary: summary) { { ActivationLayer(function) } }
        }
        try registry.register(
            .activation, "leaky_relu", summary: "x where x > 0, else slope times x",
            ActivationLayer.LeakyReLUOptions.self)
    }

    private func registerNormalizations(_ registry: Registry) throws {
        try registry.register(
            .normalization, "batch_norm", summary: "over batch and pixels (Ioffe and Szegedy 2015)",
            BatchNorm.Options.self)
        try registry.register(
            .normalization, "layer_norm", summary: "over the channels of each pixel (Ba et al. 2016)",
            LayerNorm.Options.self)
        try registry.register(.normalization, "none", summary: "no normalization") { { _ in nil } }
    }

    private func registerAttentions(_ registry: Registry) throws {
        try registry.register(.attention, "none", summary: "no attention") { _ in { _ in nil } }
        try registry.register(
            .attention, "ese", summary: "effective squeeze and excitation (Lee and Park 2020)"
        ) { style in { EffectiveSqueezeExcitation(channels: $0, initializer: style.initializer) } }
        try registry.register(
            .attention, "se", summary: "squeeze and excitation (Hu et al. 2018)", SqueezeExcitation.Options.self)
        try registry.register(
            .attention, "eca", summary: "efficient channel attention (Wang et al. 2020)",
            EfficientChannelAttention.Options.self)
        try registry.register(
            .attention, "cbam", summary: "channel, then spatial attention (Woo et al. 2018)",
            ConvolutionalBlockAttention.Options.self)
    }

    private func registerLayers(_ registry: Registry) throws {
        try registry.register(
            .layer, "convolution", summary: "a convolution, the network's normalization and activation",
            ConvNormActivation.Options.self)
        try registry.register(
            .layer, "separable_convolution", summary: "a depthwise and a 1x1 convolution (Chollet 2017)",
            SeparableConv2D.Options.self)
        try registry.register(.layer, "max_pool", summary: "the maximum of each window", MaxPool2D.Options.self)
        try registry.register(.layer, "average_pool", summary: "the mean of each window", AveragePool2D.Options.self)
        try registry.register(
            .layer, "activation", summary: "an activation, by default the network's",
            NamedLayerOptions.Activation.self)
        try registry.register(
            .layer, "normalization", summary: "a normalization, by default the network's",
            NamedLayerOptions.Normalization.self)
        try registry.register(.layer, "attention", summary: "an attention", NamedLayerOptions.Attention.self)
        try registry.register(
            .layer, "dropout", summary: "elements dropped in training (Srivastava et al. 2014)", Dropout.Options.self)
        try registry.register(
            .layer, "residual", summary: "layers whose result is added to their input (He et al. 2016)",
            Residual.Options.self)
    }

    private func registerPoolings(_ registry: Registry) throws {
        try registry.register(.pooling, "average", summary: "the mean of each channel") { { _ in GlobalAveragePool() } }
        try registry.register(.pooling, "max", summary: "the maximum of each channel") { { _ in GlobalMaxPool() } }
        try registry.register(
            .pooling, "generalized_mean", summary: "means of powers, with a learned exponent (Radenović et al. 2018)",
            GeneralizedMeanPool.Options.self)
    }

    private func registerInitializers(_ registry: Registry) throws {
        func register<Options: Initializer & ComponentOptions>(
            _ name: String, _ summary: String, _ options: Options.Type
        ) throws {
            try registry.register(.initializer, name, summary: summary, options: options) { initializer, _ in
                initializer
            }
        }
        try register("he_normal", "normal of variance 2 / fan (He et al. 2015)", HeNormal.self)
        try register("he_uniform", "uniform of variance 2 / fan (He et al. 2015)", HeUniform.self)
        try register(
            "glorot_normal", "normal of variance 2 / (fan in + fan out) (Glorot and Bengio 2010)", GlorotNormal.self)
        try register(
            "glorot_uniform", "uniform of variance 2 / (fan in + fan out) (Glorot and Bengio 2010)",
            GlorotUniform.self)
        try register("normal", "normal of a given deviation", NormalInitializer.self)
        try register("uniform", "uniform within a given bound", UniformInitializer.self)
        try register("constant", "the same value everywhere", ConstantInitializer.self)
        try registry.register(.initializer, "zeros", summary: "0 everywhere") { .zeros }
        try registry.register(.initializer, "ones", summary: "1 everywhere") { .ones }
    }
}
