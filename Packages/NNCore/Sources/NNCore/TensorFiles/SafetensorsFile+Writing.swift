import Foundation

extension SafetensorsFile {
    /// Writes tensors to a file, which appears whole or not at all.
    ///
    /// - Parameters:
    ///   - tensors: with names that differ. Elements are stored in this order among those of equal size,
    ///     larger ones first, so that each is aligned.
    ///   - metadata: text to store with them.
    /// - Throws: ``TensorFileError`` where names are not right or the file cannot be written, as on a full
    ///   disk. One that was there before is left as it was.
    public static func write(
        tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to url: URL
    ) throws(TensorFileError) {
        try checkNames(tensors.map(\.name), url)
        try write(tensors: tensors, metadata: metadata, into: AtomicFile(url))
    }

    static func write(
        tensors: [(name: String, tensor: Tensor)], metadata: [String: String], into file: consuming AtomicFile
    ) throws(TensorFileError) {
        let sorted = tensors.enumerated().sorted {
            ($1.element.tensor.dataType.byteCount, $0.offset) < ($0.element.tensor.dataType.byteCount, $1.offset)
        }.map(\.element)
        // A tensor of bytes, so that all that is written is one.
        let header = Tensor(header(sorted, metadata))
        for tensor in [header] + sorted.map(\.tensor) {
            try tensor.withUnsafeBytes { bytes throws(TensorFileError) in try file.write(bytes) }
        }
        try file.commit()
    }

    private static func checkNames(_ names: [String], _ url: URL) throws(TensorFileError) {
        var seen: Set<String> = ["__metadata__"]
        for name in names where !seen.insert(name).inserted {
            throw TensorFileError(
                .unwritable, file: url, tensor: name, reason: "the name is reserved or given to two tensors")
        }
    }

    /// The header with its length before it, filled up so that the elements begin at a cache line.
    private static func header(_ tensors: [(name: String, tensor: Tensor)], _ metadata: [String: String]) -> [UInt8] {
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map {
                JSONValue.quoted($0.key) + ":" + JSONValue.quoted($0.value)
            }
            members.append("\"__metadata__\":{" + pairs.joined(separator: ",") + "}")
        }
        var offset = 0
        for (name, tensor) in tensors {
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            let type = StoredElementType(tensor.dataType).rawValue
            let end = offset + tensor.byteCount
            members.append(
                JSONValue.quoted(name)
                    + ":{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var text = Array("{\(members.joined(separator: ","))}".utf8)
        text += [UInt8](repeating: UInt8(ascii: " "), count: (64 - (8 + text.count) % 64) % 64)
        return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
    }
}
