import Foundation
@testable import NNDatasets
import NNLayers

/// Encoded images.
enum ImageTargets {
    /// A PNG file as an image and as a mask. Its checksums are made right, or hardly a changed file would be decoded.
    static func png(_ bytes: [UInt8]) throws {
        let mended = mendedPNG(bytes)
        _ = ImageReader().facts(of: mended)
        // One decoder for each input, by its length, as decoding takes most of the time.
        switch bytes.count % 3 {
        case 0: _ = try Image(indicesOf: ScratchFolder.shared.write(mended, to: "a.png"))
        case 1: _ = try ImageReader().maskColors(contentsOf: ScratchFolder.shared.write(mended, to: "a.png"))
        default: _ = try Image(encoded: mended, file: "a.png")
        }
    }

    static func jpeg(_ bytes: [UInt8]) throws {
        _ = ImageReader().facts(of: bytes)
        if bytes.count % 3 == 0 {
            _ = try JPEGFormat().decode(bytes, file: "a.jpg", atLeast: Size(bytes.count % 100 + 1))
        } else {
            _ = try Image(encoded: bytes, file: "a.jpg")
        }
    }

    /// A format of a plugin, as an image and, where it stores them, as a mask.
    static func decode(_ bytes: [UInt8], _ format: any ImageFormat) throws {
        _ = format.recognizes(bytes)
        _ = format.facts(of: bytes)
        if format.storesMasks, bytes.count % 2 == 0 {
            _ = try format.decodeIndices(bytes, file: "a")
        } else {
            _ = try format.decode(bytes, file: "a")
        }
    }

    /// Two records a file.
    static func cifar(_ bytes: [UInt8]) throws {
        for index in 1...5 { _ = ScratchFolder.shared.write(bytes, to: "data_batch_\(index).bin") }
        let dataset = try CIFAR10(path: ScratchFolder.shared.url.path, split: .train, recordsPerFile: 2)
        for index in 0..<dataset.count { _ = dataset.sample(at: index) }
    }

    private static func mendedPNG(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        var offset = 8
        while offset + 12 <= bytes.count {
            let length = bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            let end = offset + 8 + length
            guard end + 4 <= bytes.count else { break }
            let sum = Checksum.crc32(bytes[offset + 4..<end])
            for index in 0..<4 { bytes[end + index] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * index)) }
            offset = end + 4
        }
        return bytes
    }
}
