import NNLayers

/// A file of PyTorch before 1.6: pickled values one behind the other, then the storages.
///
/// The values are a magic number, the version of the format, what machine wrote it, what was saved, and the keys of
/// the storages in their order. Each storage is the number of its elements in eight bytes, and the elements.
struct PyTorchLegacyFile: PyTorchStorages {
    private static let magic: Int128 = 0x1950_a86a_20f9_469c_fc6c
    private static let version = 1001

    private let file: MappedFile
    /// Where the elements of each storage are in the file.
    private let storages: [String: Range<Int>]

    /// Opens a file, and finds the state dictionary.
    /// - Throws: ``PickleError`` where it is malformed, of another byte order, or more than data.
    static func open(
        _ file: MappedFile
    ) throws(PickleError) -> (storages: PyTorchLegacyFile, state: StateDictionarySearch) {
        try file.withUnsafeBytes { bytes throws(PickleError) in
            var header = Unpickler(bytes)
            guard case .integer(magic) = try header.load() else {
                throw PickleError("is pickled data that torch.save did not write")
            }
            guard try header.load().int == version else {
                throw PickleError("is of a version of PyTorch's format that is not known")
            }
            let machine = try header.load()
            if case .dictionary(let items)? = header.object(machine) {
                for case (.text("little_endian"), .boolean(false)) in items {
                    throw PickleError("has numbers in big-endian order; save it again on a little-endian machine")
                }
            }
            var unpickler = Unpickler(bytes, at: header.reader.position)
            let saved = try unpickler.load()
            let state = try StateDictionarySearch(saved, in: unpickler.objects)
            var end = Unpickler(bytes, at: unpickler.reader.position)
            let list = try end.load()
            guard let keys = end.parts(list) else { throw PickleError("has no list of its storages") }
            var reader = end.reader
            var storages: [String: Range<Int>] = [:]
            for key in keys {
                guard case .text(let key) = key, let described = unpickler.storages[key], storages[key] == nil else {
                    throw PickleError("has a storage that no tensor describes, or one twice")
                }
                let count = try reader.number(as: Int64.self)
                let (size, isOverflow) = count.multipliedReportingOverflow(by: Int64(described.elementType.byteCount))
                guard count >= 0, !isOverflow else {
                    throw PickleError("storage '\(key)' cannot have \(count) elements")
                }
                let start = reader.position
                _ = try reader.take(Int(size))
                storages[key] = start..<reader.position
            }
            return (PyTorchLegacyFile(file: file, storages: storages), state)
        }
    }

    func byteCount(of key: String) -> Int? { storages[key]?.count }

    func read(
        _ key: String, from start: Int, as type: StoredElementType, into memory: UnsafeMutableRawBufferPointer
    ) throws(PickleError) {
        guard let range = storages[key] else { throw PickleError("has no storage '\(key)'") }
        let first = range.lowerBound + start
        let end = first + type.count(filling: memory) * type.byteCount
        file.withUnsafeBytes { type.convert(UnsafeRawBufferPointer(rebasing: $0[first..<end]), into: memory) }
    }

    func mapped(_ key: String, from start: Int, shape: Shape, dataType: DataType) -> Tensor? {
        storages[key].flatMap { file.tensor(at: $0.lowerBound + start, shape: shape, dataType: dataType) }
    }
}
