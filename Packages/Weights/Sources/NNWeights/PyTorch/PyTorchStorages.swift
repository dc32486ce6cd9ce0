import NNLayers

/// The bytes of a file's storages, by key.
protocol PyTorchStorages: Sendable {
    /// How many bytes there are of a storage; nil where there is none of the key.
    func byteCount(of key: String) -> Int?

    /// Reads as many elements of a storage as fit into the memory of a tensor, which must lie within the storage.
    /// - Throws: ``PickleError`` where they cannot be read.
    func read(
        _ key: String, from start: Int, as type: StoredElementType, into memory: UnsafeMutableRawBufferPointer
    ) throws(PickleError)

    /// A tensor that reads elements where they lie in the file; nil where that cannot be done.
    func mapped(_ key: String, from start: Int, shape: Shape, dataType: DataType) -> Tensor?
}
