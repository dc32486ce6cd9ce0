import Foundation
import NNKeras
import NNLayers
import NNTraining
import NNWeights

/// Files of weights.
enum WeightTargets {
    /// Opens a file as a format, and reads all tensors.
    private static func read(_ bytes: [UInt8], _ format: some WeightFormat, name: String) throws {
        let url = ScratchFolder.shared.write(bytes, to: name)
        let beginning = Array(bytes.prefix(512))
        _ = format.recognizes(url, beginning: beginning)
        let file = try format.open(url)
        for state in file.checkpoint.states.prefix(4) { _ = try? format.open(url, state: state) }
        for entry in file.entries { _ = try file.tensor(named: entry.name) }
    }

    static func safetensors(_ bytes: [UInt8]) throws { try read(bytes, SafetensorsFormat(), name: "a.safetensors") }

    static func zip(_ bytes: [UInt8]) throws {
        let weights = "model.weights.h5"
        do {
            try read(bytes, PyTorchFormat(), name: "a.pt")
        } catch {
            let url = ScratchFolder.shared.write(bytes, to: "a.keras")
            let archive = try WeightArchive(url)
            // Weights of Keras start a process each, which takes as long as a hundred other inputs, and have a target of
            // their own; what happens on the way to it is done here, and all of it for a part of the inputs.
            guard archive.names.contains(weights), bytes.count % 64 != 0 else {
                return try read(bytes, KerasFormat(), name: "a.keras")
            }
            let content = ScratchFolder.shared.url.appending(path: "unpacked.h5")
            defer { unlink(content.path) }
            try archive.unpack(weights, to: content)
        }
    }

    static func hdf5(_ bytes: [UInt8]) throws { try read(bytes, KerasFormat(), name: "a.h5") }

    static func checkpoint(_ bytes: [UInt8]) throws {
        _ = try Checkpoint(contentsOf: ScratchFolder.shared.write(bytes, to: "c.safetensors"))
    }

    /// A pickle as the file of an archive that is right otherwise, and as a file of the form before archives.
    static func pickle(_ bytes: [UInt8]) throws {
        let storage = (0..<64).map { UInt8($0) }
        let archive = StoredZip.archive([
            ("a/data.pkl", bytes), ("a/byteorder", Array("little".utf8)), ("a/data/0", storage), ("a/version", [0x33]),
        ])
        do {
            try read(archive, PyTorchFormat(), name: "a.pt")
        } catch {
            try read(bytes, PyTorchFormat(), name: "a.pth")
        }
    }
}

/// Archives without compression.
enum StoredZip {
    static func archive(_ files: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        var (result, directory): ([UInt8], [UInt8]) = ([], [])
        for (name, bytes) in files {
            let fields = little(
                (20, 2), (0, 8), (Int(Checksum.crc32(bytes)), 4), (bytes.count, 4), (bytes.count, 4),
                (name.utf8.count, 2), (0, 2))
            directory += [0x50, 0x4b, 1, 2] + little((20, 2))
            directory += fields + little((0, 10), (result.count, 4))
            directory += name.utf8
            result += [0x50, 0x4b, 3, 4] + fields
            result += Array(name.utf8) + bytes
        }
        let end = little(
            (0, 4), (files.count, 2), (files.count, 2), (directory.count, 4), (result.count, 4), (0, 2))
        return result + directory + [0x50, 0x4b, 5, 6] + end
    }

    /// Numbers, each with its count of bytes.
    private static func little(_ numbers: (value: Int, count: Int)...) -> [UInt8] {
        numbers.flatMap { number in
            (0..<number.count).map { $0 < 8 ? UInt8(truncatingIfNeeded: number.value >> (8 * $0)) : 0 }
        }
    }
}

enum Checksum {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
    }

    static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(0xffff_ffff) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    }
}
