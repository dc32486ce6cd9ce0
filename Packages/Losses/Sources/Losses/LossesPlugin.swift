import NNLayers

/// The losses of this module.
public struct LossesPlugin: Plugin {
    public let name = "Losses"

    public init() {}

    public func register(into registry: Registry) throws {
        try registry.register(
            .loss, "cross_entropy", summary: "softmax and cross entropy, of images or pixels",
            options: CrossEntropyOptions.self, build: CrossEntropy.init)
    }
}
