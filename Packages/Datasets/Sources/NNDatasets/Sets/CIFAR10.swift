import Foundation
import NNLayers

/// The binary version of CIFAR-10 (Krizhevsky 2009): 60,000 pictures of 32x32 pixels in ten classes.
///
/// Its 10,000 test pictures serve for validation and test; no other split is published.
public struct CIFAR10: DatasetSource {
    /// What a configuration may say.
    public struct Options: ComponentOptions {
        /// The folder with `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`.
        public var path = ""

        public init() {}

        public func validate() throws {
            if path.isEmpty { throw OptionError("path", "must name the folder that holds data_batch_1.bin") }
        }
    }

    public static let classNames = [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ]

    public let task = PredictionTask.classification
    private let folder: URL
    private let recordsPerFile: Int

    public init(_ options: Options) { self.init(options, recordsPerFile: 10_000) }

    init(_ options: Options, recordsPerFile: Int) {
        folder = URL(configured: options.path, isDirectory: true)
        self.recordsPerFile = recordsPerFile
    }

    public func dataset(_ split: Split) throws -> any Dataset {
        let names = split == .train ? (1...5).map { "data_batch_\($0).bin" } : ["test_batch.bin"]
        return CIFAR10Records(
            files: try names.map { try records(of: folder.appending(path: $0)) }, recordsPerFile: recordsPerFile)
    }

    private func records(of file: URL) throws(DatasetError) -> CIFAR10Records.File {
        let bytes: [UInt8]
        do {
            bytes = try FileBytes.read(file.path)
        } catch {
            throw DatasetError(
                place: file.path, reason: error.reason,
                remedy: "Set 'path' to the unpacked 'CIFAR-10 binary version', cifar-10-batches-bin")
        }
        let expected = recordsPerFile * CIFAR10Records.recordLength
        guard bytes.count == expected else {
            throw DatasetError(
                place: file.path, reason: "it has \(bytes.count) bytes, not \(expected)",
                remedy: "Unpack the archive again; it may be cut short, or another version than the binary one")
        }
        for record in 0..<recordsPerFile {
            let label = bytes[record * CIFAR10Records.recordLength]
            if label > 9 {
                throw DatasetError(
                    place: file.path, reason: "record \(record) has the label \(label), not one of 0 to 9",
                    remedy: "Unpack the archive again")
            }
        }
        return CIFAR10Records.File(path: file.path, bytes: bytes)
    }
}

/// Records of a label and three planes of red, green and blue.
private struct CIFAR10Records: Dataset {
    static let side = 32
    static let recordLength = 1 + 3 * side * side

    struct File {
        let path: String
        let bytes: [UInt8]
    }

    let files: [File]
    let recordsPerFile: Int

    var count: Int { files.count * recordsPerFile }
    var classNames: [String] { CIFAR10.classNames }

    func sample(at index: Int) -> Sample {
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
