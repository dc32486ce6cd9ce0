import Foundation

/// Tensors by name in a file of the safetensors format (https://huggingface.co/docs/safetensors).
///
/// The file is mapped: opening it reads the header only, and a tensor's elements come into memory
/// when they are used.
///
/// ```swift
/// let file = try SafetensorsFile(url)
/// for name in file.names { print(name, try file.tensor(named: name).shape) }
/// ```
public final class SafetensorsFile: Sendable {
    /// Where the file is.
    public let url: URL
    /// Text by key that is stored with the tensors.
    public let metadata: [String: String]
    /// The names of the tensors in the order of their elements in the file.
    public let names: [String]

    private let file: MappedFile
    private let dataStart: Int
    private let entries: [String: SafetensorsHeader.Entry]

    /// Opens a file and proves that its header is right and complete.
    /// - Throws: ``TensorFileError`` where it is missing, cut off or malformed.
    public init(_ url: URL) throws(TensorFileError) {
        file = try MappedFile(url)
        let header: SafetensorsHeader
        do {
            header = try SafetensorsHeader(file.bytes)
        } catch {
            throw TensorFileError(.malformed, file: url, tensor: error.tensor, reason: error.reason)
        }
        self.url = url
        metadata = header.metadata
        names = header.entries.map(\.name)
        dataStart = header.dataStart
        entries = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.name, $0) })
    }

    /// Whether there is a tensor of this name.
    public func contains(_ name: String) -> Bool { entries[name] != nil }

    /// What a tensor will look like when it is read.
    /// - Throws: ``TensorFileError`` where there is none of this name or its type is not supported.
    public func specification(named name: String) throws(TensorFileError) -> TensorSpecification {
        let (entry, type) = try readable(name)
        return TensorSpecification(shape: entry.shape, dataType: type.dataType!)
    }

    /// Shape and element type of a tensor as the file states them; the type may be one that cannot be read.
    /// The name must be one of ``names``.
    public func stored(_ name: String) -> (shape: Shape, type: String) {
        guard let entry = entries[name] else { trap("SafetensorsFile: no tensor '\(name)'") }
        return (entry.shape, entry.typeName)
    }

    /// The tensor of a name. It reads from the mapped file as long as it is not written to.
    ///
    /// F16 and F64 are converted to float32, BOOL to uint8, I8, I16 and U16 to int32, U32 to int64.
    /// - Throws: ``TensorFileError`` where there is none of this name or its type is not supported.
    public func tensor(named name: String) throws(TensorFileError) -> Tensor {
        let (entry, type) = try readable(name)
        let (start, dataType) = (dataStart + entry.bytes.lowerBound, type.dataType!)
        if type.isStoredAsIs, let tensor = file.tensor(at: start, shape: entry.shape, dataType: dataType) {
            return tensor
        }
        var tensor = Tensor(uninitialized: entry.shape, dataType: dataType)
        tensor.withUnsafeMutableBytes { values in
            file.withUnsafeBytes {
                type.convert(UnsafeRawBufferPointer(rebasing: $0[start..<start + entry.bytes.count]), into: values)
            }
        }
        return tensor
    }

    private func readable(
        _ name: String
    ) throws(TensorFileError) -> (entry: SafetensorsHeader.Entry, type: StoredElementType) {
        guard let entry = entries[name] else {
            throw TensorFileError(.missingTensor, file: url, tensor: name, reason: "is not in the file")
        }
        guard let type = StoredElementType(rawValue: entry.typeName), type.dataType != nil else {
            let known = StoredElementType.allCases.filter { $0.dataType != nil }.map(\.rawValue).joined(separator: ", ")
            throw TensorFileError(
                .unsupportedType, file: url, tensor: name,
                reason: "has elements of type '\(entry.typeName)'; supported are \(known)")
        }
        return (entry, type)
    }
}
