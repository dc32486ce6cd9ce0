import Foundation
import NNLayers

/// A file of PyTorch from 1.6 on: a zip archive with the values in `NAME/data.pkl`, and each storage in
/// `NAME/data/KEY`.
struct PyTorchArchive: PyTorchStorages {
    /// Longer pickled data is refused; that of networks has some hundred kilobytes.
    private static let maximumPickleLength = 1 << 28

    private let archive: ZipArchive
    private let storages: [String: ZipArchive.Entry]

    /// Opens an archive, and finds the state dictionary.
    /// - Throws: ``PickleError`` where it is malformed, of another byte order, or more than data.
    static func open(_ url: URL, size: Int) throws(PickleError) -> (
        storages: PyTorchArchive, state: StateDictionarySearch
    ) {
        let archive = try ZipArchive(url, size: size)
        let entries = Dictionary(archive.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let pickles = archive.entries.filter { $0.name.split(separator: "/").last == "data.pkl" }
        guard let pickle = pickles.min(by: { $0.name.utf8.count < $1.name.utf8.count }) else {
            throw PickleError("is a zip archive without 'data.pkl', and so not a file of PyTorch")
        }
        let folder = pickle.name.dropLast("data.pkl".count)
        if entries["\(folder)constants.pkl"] != nil {
            throw PickleError(
                "is a TorchScript program; save the weights alone in PyTorch: "
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
        return (
            PyTorchArchive(archive: archive, storages: Dictionary(uniqueKeysWithValues: storages)), try state(in: bytes)
        )
    }

    private static func state(in bytes: [UInt8]) throws(PickleError) -> StateDictionarySearch {
        let result = bytes.withUnsafeBytes { buffer -> Result<StateDictionarySearch, PickleError> in
            do throws(PickleError) {
                var unpickler = Unpickler(buffer)
                let value = try unpickler.load()
                return .success(try StateDictionarySearch(value, in: unpickler.objects))
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
