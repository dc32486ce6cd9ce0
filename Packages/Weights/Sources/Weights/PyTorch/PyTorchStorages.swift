import NNLayers

/// The bytes of a file's storages, by key.
protocol PyTorchStorages: Sendable {
    /// How many bytes there are of a storage; nil where there is none of the key.
    func byteCount(of key: String) -> Int?

    /// Reads elements of a storage into the memory of a tensor. The bytes must lie within the storage.
    /// - Throws: ``PickleError`` where they cannot be read.
    func read(
        _ key: String, from start: Int, count: Int, as type: StoredElementType, into memory: UnsafeMutableRawPointer
    ) throws(PickleError)

    /// The bytes of a storage where they are in memory, with what keeps them there.
    func mapped(_ key: String) -> (bytes: UnsafeRawBufferPointer, owner: AnyObject)?
}
