import NNLayers

/// Registers the file formats and name maps of this library.
public struct WeightsPlugin: Plugin {
    /// `Weights`.
    public let name = "Weights"

    /// The plugin; there is nothing to set.
    public init() {}

    /// Registers them; see `Plugin`.
    public func register(into registry: Registry) throws {
        try registry.register(.weightFormat, "safetensors", summary: "safetensors, memory-mapped") {
            SafetensorsFormat()
        }
        try registry.register(.weightFormat, "pytorch", summary: "torch.save, data only; no code is run") {
            PyTorchFormat()
        }
        for map in NameMap.builtIn { try registry.register(.nameMap, map.name, summary: map.summary) { map } }
    }
}

extension NameMap {
    /// The name maps of this library, in alphabetical order.
    public static let builtIn: [NameMap] = [
        cifarResNet, kerasDenseNet, kerasInceptionResNetV2, kerasMobileNetV1, kerasMobileNetV2, kerasResNet, kerasVGG16,
        kerasVGG19, kerasXception, timmInceptionResNetV2, timmMobileNetV1, timmMobileNetV2, timmVoVNet, timmXception,
        torchvisionDenseNet, torchvisionFCN, torchvisionMobileNetV2, torchvisionResNet, torchvisionVGG,
    ]
}
