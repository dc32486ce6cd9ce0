import NNLayers
import NNWeights

/// Reads weights of Keras.
public struct KerasPlugin: Plugin {
    public let name = "Keras"

    public init() {}

    public func register(into registry: Registry) throws {
        try registry.register(.weightFormat, "keras_hdf5", summary: "HDF5 files of Keras, all versions") {
            KerasFormat()
        }
    }
}
