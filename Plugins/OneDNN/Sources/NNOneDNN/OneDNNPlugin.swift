import NNLayers

/// The backend of this module.
public struct OneDNNPlugin: Plugin {
    public let name = "OneDNN"

    public init() {}

    public func register(into registry: Registry) throws {
        try registry.register(.backend, "onednn", summary: "convolutions and products by oneDNN") {
            try OneDNNBackend()
        }
    }
}
