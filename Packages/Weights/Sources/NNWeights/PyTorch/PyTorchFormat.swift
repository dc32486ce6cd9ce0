import Foundation
import NNLayers

/// Files that `torch.save` wrote: weights alone, or a checkpoint around them.
///
/// Both forms are read, that of PyTorch 1.6 and later and the one before. A checkpoint's state dictionary is found
/// under `state_dict_ema`, `model_ema`, `state_dict`, `model_state_dict`, `model` or `net`, or as its only dictionary of
/// tensors; numbers and text beside it become ``WeightFile/metadata``. The prefixes `module.` and `_orig_mod.` are
/// taken off where all names have them.
///
/// Such files are programs by their nature. Only those that hold data are read, and nothing in them is run: an object
/// with code of its own, such as a whole `nn.Module`, is refused by name.
public struct PyTorchFormat: WeightFormat {
    public let fileExtensions = ["pt", "pth", "th", "bin", "ckpt"]

    public init() {}

    /// A zip archive, or pickled data of protocols 2 to 5 or of earlier ones that begins with PyTorch's magic number.
    public func recognizes(_ beginning: [UInt8]) -> Bool {
        if Self.isArchive(beginning) { return true }
        if beginning.count > 1, beginning[0] == PickleOpcode.protocol.rawValue { return (2...5).contains(beginning[1]) }
        return beginning.starts(with: Array("L119547037146038801333356L".utf8))
    }

    public func open(_ url: URL) throws(TensorFileError) -> any WeightFile {
        let file = try MappedFile(url)
        do {
            if Self.isArchive(file.withUnsafeBytes { Array($0.prefix(4)) }) {
                let (storages, state) = try PyTorchArchive.open(url, size: file.withUnsafeBytes(\.count))
                return try PyTorchWeights(url, storages, state)
            }
            let (storages, state) = try PyTorchLegacyFile.open(file)
            return try PyTorchWeights(url, storages, state)
        } catch let error as TensorFileError {
            throw error
        } catch let error as PickleError {
            throw TensorFileError(.malformed, file: url, reason: error.reason)
        } catch {
            throw TensorFileError(.malformed, file: url, reason: "\(error)")
        }
    }

    /// Whether a file begins with a file of a zip archive, or with the end of an empty one.
    private static func isArchive(_ beginning: [UInt8]) -> Bool {
        beginning.starts(with: [0x50, 0x4b, 3, 4]) || beginning.starts(with: [0x50, 0x4b, 5, 6])
    }
}
