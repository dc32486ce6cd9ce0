import Foundation
import NNLayers

/// The storages of a file, by key.
protocol PyTorchStorages: Sendable {
    /// The size of a storage in bytes; nil if there is none with the key.
    func byteCount(of key: String) -> Int?

    /// Reads elements of a storage until they fill the memory of a tensor; they must lie within the storage.
    /// - Throws: ``PickleError`` if they cannot be read.
    func read(
        _ key: String, from start: Int, as type: StoredElementType, into memory: UnsafeMutableRawBufferPointer
    ) throws(PickleError)

    /// A tensor that shares the memory of the mapped file; nil if that is impossible.
    func mapped(_ key: String, from start: Int, shape: Shape, dataType: DataType) -> Tensor?
}

/// A file of PyTorch 1.6 or later: a zip archive with the pickle in `NAME/data.pkl` and each storage in `NAME/data/KEY`.
struct PyTorchArchive: PyTorchStorages {
    /// Longer pickles are refused; those of networks have a few hundred kilobytes.
    private static let maximumPickleLength = 1 << 28

    private let archive: ZipArchive
    private let storages: [String: ZipArchive.Entry]

    /// Opens an archive and finds the state dictionary.
    /// - Throws: ``PickleError`` if it is malformed, big-endian, or more than data.
    static func open(_ url: URL, size: Int, state wanted: String?) throws(PickleError) -> (
        storages: any PyTorchStorages, state: StateDictionarySearch
    ) {
        let archive = try ZipArchive(url, size: size)
        let entries = Dictionary(archive.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let pickles = archive.entries.filter { $0.name.split(separator: "/").last == "data.pkl" }
        guard let pickle = pickles.min(by: { $0.name.utf8.count < $1.name.utf8.count }) else {
            throw PickleError("is a zip archive without 'data.pkl', so it is not a file of PyTorch")
        }
        let folder = pickle.name.dropLast("data.pkl".count)
        if entries["\(folder)constants.pkl"] != nil {
            throw PickleError(
                "is a TorchScript program; save only the weights in PyTorch: "
                    + "torch.save(torch.jit.load(path).state_dict(), other_path)")
        }
        if let order = entries["\(folder)byteorder"], try archive.contents(of: order, limit: 16) != Array("little".utf8)
        {
            throw PickleError("has numbers in big-endian order; save it again on a little-endian machine")
        }
        let prefix = "\(folder)data/"
        let storages = entries.filter { $0.key.hasPrefix(prefix) }.map {
            (String($0.key.dropFirst(prefix.count)), $0.value)
        }
        let bytes = try archive.contents(of: pickle, limit: maximumPickleLength)
        let (arrays, state) = try state(in: bytes, wanted)
        if !arrays.isEmpty { return (arrays, state) }
        return (PyTorchArchive(archive: archive, storages: Dictionary(uniqueKeysWithValues: storages)), state)
    }

    private static func state(
        in bytes: [UInt8], _ wanted: String?
    ) throws(PickleError) -> (NumPyStorages, StateDictionarySearch) {
        let result = bytes.withUnsafeBytes { buffer -> Result<(NumPyStorages, StateDictionarySearch), PickleError> in
            do throws(PickleError) {
                var unpickler = Unpickler(buffer)
                let value = try unpickler.load()
                let arrays = unpickler.takeArrays()
                return .success((arrays, try StateDictionarySearch(value, in: unpickler.objects, state: wanted)))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    func byteCount(of key: String) -> Int? { storages[key]?.byteCount }

    func read(
        _ key: String, from start: Int, as type: StoredElementType, into memory: UnsafeMutableRawBufferPointer
    ) throws(PickleError) {
        guard let entry = storages[key] else { throw PickleError("has no storage '\(key)'") }
        try archive.read(entry, from: start, as: type, into: memory)
    }

    func mapped(_ key: String, from start: Int, shape: Shape, dataType: DataType) -> Tensor? { nil }
}

/// A file of PyTorch before 1.6: pickles one after the other, followed by the storages.
///
/// The pickles are a magic number, the version of the format, the machine that wrote it, what was saved, and the keys of
/// the storages in their order. A storage is its element count in eight bytes, followed by the elements.
struct PyTorchLegacyFile: PyTorchStorages {
    private static let magic: Int128 = 0x1950_a86a_20f9_469c_fc6c
    private static let version = 1001

    private let file: MappedFile
    /// The byte ranges of the elements of each storage.
    private let storages: [String: Range<Int>]

    /// Opens a file and finds the state dictionary.
    /// - Throws: ``PickleError`` if it is malformed, big-endian, or more than data.
    static func open(
        _ file: MappedFile, state wanted: String?
    ) throws(PickleError) -> (storages: any PyTorchStorages, state: StateDictionarySearch) {
        try file.withUnsafeBytes { bytes throws(PickleError) in
            var header = Unpickler(bytes)
            let first = try header.load()
            guard case .integer(magic) = first else {
                let arrays = header.takeArrays()
                if arrays.isEmpty {
                    throw PickleError("is a pickle that torch.save did not write, and has no arrays of numbers")
                }
                return (arrays, try StateDictionarySearch(first, in: header.objects, state: wanted))
            }
            guard try header.load().int == version else {
                throw PickleError("has an unknown version of the PyTorch format")
            }
            let machine = try header.load()
            if case .dictionary(let items)? = header.object(machine) {
                for case (.text("little_endian"), .boolean(false)) in items {
                    throw PickleError("has numbers in big-endian order; save it again on a little-endian machine")
                }
            }
            var unpickler = Unpickler(bytes, at: header.reader.position)
            let saved = try unpickler.load()
            let arrays = unpickler.takeArrays()
            let state = try StateDictionarySearch(saved, in: unpickler.objects, state: wanted)
            var end = Unpickler(bytes, at: unpickler.reader.position)
            let list = try end.load()
            guard let keys = end.parts(list) else { throw PickleError("has no list of its storages") }
            var reader = end.reader
            var storages: [String: Range<Int>] = [:]
            for key in keys {
                guard case .text(let key) = key, let described = unpickler.storages[key], storages[key] == nil else {
                    throw PickleError("has a storage that no tensor uses, or the same one twice")
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
            if !arrays.isEmpty { return (arrays, state) }
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
