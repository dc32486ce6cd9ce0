import NNLayers

/// The components of this module.
public struct KerasPlugin: Plugin {
    public let name = "Keras"

    public init() {}

    public func register(into registry: Registry) throws {}
}
