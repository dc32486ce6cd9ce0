import Foundation
import NNLayers
import NNWeights

/// HDF5 files with the weights of Keras, of all its versions: whole models and weights alone, `.h5`, and the
/// `.weights.h5` of Keras 3.
///
/// Tensors are called as Keras calls them, after their layer: `block1_conv1/kernel:0` in Keras 2,
/// `block1_conv1/kernel` in Keras 3, `block1_conv1/block1_conv1_W_1:0` in Keras 1; in a `.weights.h5`, whose layers
/// are numbered by kind, by the place in the file, `layers/conv2d_1/vars/0`. What an optimizer has left in a file is
/// not read.
public struct KerasFormat: WeightFormat {
    public let fileExtensions = ["h5", "hdf5"]

    public init() {}

    /// The signature of HDF5.
    public func recognizes(_ beginning: [UInt8]) -> Bool {
        beginning.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a])
    }

    public func open(_ url: URL) throws(TensorFileError) -> any WeightFile { try KerasWeights(url) }
}
