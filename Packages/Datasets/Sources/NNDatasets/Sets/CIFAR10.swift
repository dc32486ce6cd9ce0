import Foundation
import NNLayers

/// The binary version of CIFAR-10 (Krizhevsky 2009): 60,000 images of 32x32 pixels in ten classes.
///
/// Its 10,000 test images serve for validation and test, as no other split is published.
///
/// ```swift
/// let train = try CIFAR10(path: "data/cifar-10-batches-bin")
/// let test = try CIFAR10(path: "data/cifar-10-batches-bin", split: .test)
/// ```
public struct CIFAR10: Dataset {
    private struct File {
        let path: String
        let bytes: [UInt8]
    }

    private static let side = 32
    /// A label and three planes of red, green and blue.
    private static let recordLength = 1 + 3 * side * side

    private let files: [File]
    private let recordsPerFile: Int

    /// Reads a split into memory: 30 MB for training, 3 MB for the others.
    /// - Parameters:
    ///   - path: The folder of `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`.
    ///   - split: The split to open.
    /// - Throws: ``DatasetError`` for a file that is missing or damaged.
    public init(path: String, split: Split = .train) throws(DatasetError) {
        try self.init(path: path, split: split, recordsPerFile: 10_000)
    }

    init(path: String, split: Split, recordsPerFile: Int) throws(DatasetError) {
        requireOptions("CIFAR10") { try Self.check(path: path) }
        let folder = URL(configured: path, isDirectory: true)
        let names = split == .train ? (1...5).map { "data_batch_\($0).bin" } : ["test_batch.bin"]
        var files: [File] = []
        for name in names {
            files.append(try Self.records(of: folder.appending(path: name), count: recordsPerFile))
        }
        self.files = files
        self.recordsPerFile = recordsPerFile
    }

    private static func records(of file: URL, count: Int) throws(DatasetError) -> File {
        let bytes: [UInt8]
        do {
            bytes = try FileBytes.read(file.path)
        } catch {
            throw DatasetError(
                place: file.path, reason: error.reason,
                remedy: "Set 'path' to the unpacked 'CIFAR-10 binary version', cifar-10-batches-bin")
        }
        let expected = count * recordLength
        guard bytes.count == expected else {
            throw DatasetError(
                place: file.path, reason: "it has \(bytes.count) bytes, not \(expected)",
                remedy: "Unpack the archive again; it may be truncated, or not be the binary version")
        }
        for record in 0..<count {
            let label = bytes[record * recordLength]
            if label > 9 {
                throw DatasetError(
                    place: file.path, reason: "record \(record) has the label \(label), not one of 0 to 9",
                    remedy: "Unpack the archive again")
            }
        }
        return File(path: file.path, bytes: bytes)
    }

    fileprivate static func check(path: String) throws(OptionError) {
        if path.isEmpty { throw OptionError("path", "must name the folder that holds data_batch_1.bin") }
    }

    public var count: Int { files.count * recordsPerFile }

    public var classNames: [String] {
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    }

    public func sample(at index: Int) -> Sample {
        let file = files[index / recordsPerFile]
        let record = index % recordsPerFile
        let start = record * Self.recordLength
        let area = Self.side * Self.side
        let image = Image(size: Size(Self.side), channels: 3) { pixels in
            for channel in 0..<3 {
                for pixel in 0..<area { pixels[3 * pixel + channel] = file.bytes[start + 1 + channel * area + pixel] }
            }
        }
        return Sample(image: image, target: .label(Int(file.bytes[start])), name: "\(file.path), record \(record)")
    }
}

extension CIFAR10 {
    /// Options of ``CIFAR10``.
    struct Options: BuildableOptions, DatasetSource {
        /// The folder of `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`.
        var path = ""
        var task: PredictionTask { .classification }

        init() {}

        func validate() throws { try CIFAR10.check(path: path) }

        func dataset(_ split: Split) throws -> any Dataset { try CIFAR10(path: path, split: split) }
    }
}
