import NNLayers

/// The components of this module.
public struct ONNXPlugin: Plugin {
    public let name = "ONNX"

    public init() {}

    public func register(into registry: Registry) throws {}
}
