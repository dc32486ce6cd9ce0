import Foundation
import NNLayers

/// Files of `torch.save`: a state dictionary, or a checkpoint around one.
///
/// The zip archives of PyTorch 1.6 and later are read as well as the earlier format. The state dictionary of a checkpoint
/// is the first of `state_dict_ema`, `model_ema`, `state_dict`, `model_state_dict`, `model`, `net`, `ema_state_dict`,
/// `ema_model`, `ema`, `params_ema` and `params`, or its only dictionary of tensors; ``CheckpointContents`` lists all of
/// them, and `state:` chooses another one. Numbers and text beside it become ``WeightFile/metadata``.
///
/// Such files are pickles, which can contain code. Only data is read and no code is ever run: objects of unknown types,
/// such as an `argparse.Namespace`, are skipped unread. Of a whole `nn.Module`, the parameters and buffers are read.
/// Arrays of NumPy are read as weights where a file has no tensors, also in plain pickles.
public struct PyTorchFormat: WeightFormat {
    /// `pt`, `pth`, `th`, `bin` and `ckpt`.
    public let fileExtensions = ["pt", "pth", "th", "bin", "ckpt"]

    /// The format; there is nothing to set.
    public init() {}

    /// Whether the file is a zip archive, a pickle of protocol 2 to 5, or an earlier one with the magic number of PyTorch.
    public func recognizes(_ beginning: [UInt8]) -> Bool {
        if Self.isArchive(beginning) { return true }
        if beginning.count > 1, beginning[0] == PickleOpcode.protocol.rawValue { return (2...5).contains(beginning[1]) }
        return beginning.starts(with: Array("L119547037146038801333356L".utf8))
    }

    /// As ``recognizes(_:)``, and an archive has a `data.pkl`, unless it is damaged.
    public func recognizes(_ url: URL, beginning: [UInt8]) -> Bool {
        guard recognizes(beginning) else { return false }
        guard Self.isArchive(beginning), let archive = try? WeightArchive(url) else { return true }
        return archive.names.contains { $0.split(separator: "/").last == "data.pkl" }
    }

    /// Opens a file; see ``WeightFormat/open(_:)``.
    public func open(_ url: URL) throws(TensorFileError) -> any WeightFile { try open(url, state: nil) }

    /// Opens a state dictionary of a file; see ``WeightFormat/open(_:state:)``.
    public func open(_ url: URL, state wanted: String?) throws(TensorFileError) -> any WeightFile {
        let file = try MappedFile(url)
        do {
            if Self.isArchive(file.withUnsafeBytes { Array($0.prefix(4)) }) {
                let (storages, state) = try PyTorchArchive.open(
                    url, size: file.withUnsafeBytes(\.count), state: wanted)
                return try PyTorchWeights(url, storages, state)
            }
            let (storages, state) = try PyTorchLegacyFile.open(file, state: wanted)
            return try PyTorchWeights(url, storages, state)
        } catch let error as TensorFileError {
            throw error
        } catch let error as PickleError {
            throw TensorFileError(.malformed, file: url, reason: error.reason)
        } catch {
            throw TensorFileError(.malformed, file: url, reason: "\(error)")
        }
    }

    /// Whether a file starts as a zip archive does, or as an empty one.
    static func isArchive(_ beginning: [UInt8]) -> Bool {
        beginning.starts(with: [0x50, 0x4b, 3, 4]) || beginning.starts(with: [0x50, 0x4b, 5, 6])
    }
}

/// The state dictionary of an open file.
struct PyTorchWeights: WeightFile {
    let url: URL
    let entries: [WeightEntry]
    private(set) var metadata: [String: String]
    let checkpoint: CheckpointContents
    private let storages: any PyTorchStorages
    /// The tensors of supported types, by name.
    private let elements: [String: PyTorchElements]

    /// - Throws: `TensorFileError` for a tensor outside its storage.
    init(
        _ url: URL, _ storages: any PyTorchStorages, _ state: StateDictionarySearch
    ) throws(TensorFileError) {
        var entries: [WeightEntry] = []
        var elements: [String: PyTorchElements] = [:]
        for (name, tensor) in state.tensors {
            do throws(PickleError) {
                let shape = try tensor.checkedShape()
                entries.append(WeightEntry(name: name, shape: shape, storedType: tensor.typeName))
                elements[name] = try Self.elements(of: tensor, in: storages)
            } catch {
                throw TensorFileError(.malformed, file: url, tensor: name, reason: error.reason)
            }
        }
        self.url = url
        self.entries = entries
        self.storages = storages
        self.elements = elements
        metadata = state.metadata
        checkpoint = state.checkpoint
        for (name, tensor) in state.besides where metadata[name] == nil {
            // What is beside the weights is a courtesy: it may be unreadable.
            guard let elements = try? Self.elements(of: tensor, in: storages) else { continue }
            metadata[name] = (try? read(elements))?.firstElementText
        }
    }

    func tensor(named name: String) throws(TensorFileError) -> Tensor {
        guard let elements = elements[name] else {
            guard let entry = entries.first(where: { $0.name == name }) else {
                throw TensorFileError(.missingTensor, file: url, tensor: name, reason: "is not in the file")
            }
            throw TensorFileError(
                .unsupportedType, file: url, tensor: name,
                reason: "is of type '\(entry.storedType)'; supported are dense tensors of "
                    + PyTorchElementType.readableNames)
        }
        do {
            return try read(elements)
        } catch {
            throw TensorFileError(.malformed, file: url, tensor: name, reason: error.reason)
        }
    }

    private func read(_ elements: PyTorchElements) throws(PickleError) -> Tensor {
        let type = elements.type
        guard let dataType = type.dataType else { throw PickleError("has elements of a type that no tensor can hold") }
        let shape = elements.strides == nil ? elements.shape : [elements.spanCount]
        let span =
            if type.isStoredAsIs, elements.spanCount > 0,
                let mapped = storages.mapped(
                    elements.storageKey, from: elements.start, shape: shape, dataType: dataType)
            { mapped } else { try copied(elements, shape: shape, dataType: dataType) }
        return elements.strides == nil ? span : elements.gathered(from: span)
    }

    private func copied(
        _ elements: PyTorchElements, shape: Shape, dataType: DataType
    ) throws(PickleError) -> Tensor {
        var result = Tensor(uninitialized: shape, dataType: dataType)
        guard elements.spanCount > 0 else { return result }
        try result.withUnsafeMutableBytes { memory throws(PickleError) in
            try storages.read(elements.storageKey, from: elements.start, as: elements.type, into: memory)
        }
        return result
    }

    /// The location of the elements of a tensor; nil for an unsupported type.
    private static func elements(
        of tensor: PyTorchTensor, in storages: any PyTorchStorages
    ) throws(PickleError) -> PyTorchElements? {
        guard tensor.unsupported == nil, let storage = tensor.storage, let type = tensor.elementType?.stored else {
            return nil
        }
        return try PyTorchElements(tensor, storage: storage, type: type, byteCount: storages.byteCount)
    }
}

extension Tensor {
    /// The first element as a decimal number.
    fileprivate var firstElementText: String? {
        switch dataType {
        case .float32: withScalars(as: Float.self) { $0.first.map { String($0) } }
        case .bfloat16: withScalars(as: BFloat16.self) { $0.first.map { String(Float($0)) } }
        case .int32: withScalars(as: Int32.self) { $0.first.map { String($0) } }
        case .int64: withScalars(as: Int64.self) { $0.first.map { String($0) } }
        case .uint8: withScalars(as: UInt8.self) { $0.first.map { String($0) } }
        }
    }
}
