import Foundation
import NNDatasets
import NNLayers
import NNTIFF
import Testing

/// Kinds of samples and colours, in files that the test writes: one strip without compression.
@Suite struct TIFFKindsTests {
    /// A file of 1 x `width` pixels.
    private func tiff(
        width: Int, channels: Int = 1, bits: Int, format: Int = 1, photometric: Int = 1, _ data: [UInt8]
    ) -> [UInt8] {
        var entries: [(tag: Int, value: Int)] = [
            (256, width), (257, 1), (258, bits), (259, 1), (262, photometric), (273, 0), (277, channels), (278, 1),
            (279, data.count), (339, format),
        ]
        // The bits and formats of several channels stand behind the entries, one word each.
        let behind = 8 + 2 + 12 * entries.count + 4
        entries[5].value = behind + 4 * channels
        func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(value >> (8 * $0) & 255) } }
        var file: [UInt8] = [0x49, 0x49, 42, 0] + little(8, 4) + little(entries.count, 2)
        for (tag, value) in entries {
            let isPerChannel = (tag == 258 || tag == 339) && channels > 2
            let place = tag == 258 ? behind : behind + 2 * channels
            file += little(tag, 2) + little(tag == 273 || tag == 279 ? 4 : 3, 2)
            file += little(isPerChannel ? channels : 1, 4) + little(isPerChannel ? place : value, 4)
        }
        file += little(0, 4)
        for value in [bits, format] { for _ in 0..<channels { file += little(value, 2) } }
        return file + data
    }

    private func bytes<Value>(_ values: [Value]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

    /// Floats of 16 bits by their bits, so that the test does not rest on Float16: 0, 1, -2, the smallest, the largest.
    @Test func floatsAndIntegersOfAllWidths() throws {
        let kinds: [(bits: Int, format: Int, data: [UInt8], values: [Float])] = [
            (16, 3, bytes([0, 0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000] as [UInt16]), [0, 1, -2, 0x1p-24, 65504, 0]),
            (64, 3, bytes([0.5, -3, 1e6] as [Double]), [0.5, -3, 1e6]),
            (8, 2, bytes([-128, 127] as [Int8]), [-128, 127]), (32, 2, bytes([-70000, 5] as [Int32]), [-70000, 5]),
            (32, 1, bytes([70000, 5] as [UInt32]), [70000, 5]), (64, 2, bytes([-70000, 5] as [Int64]), [-70000, 5]),
            (64, 1, bytes([70000, 5] as [UInt64]), [70000, 5]),
        ]
        let reader = ImageReader(formats: [TIFFFormat()], channels: 1)
        for kind in kinds {
            let file = tiff(width: kind.values.count, bits: kind.bits, format: kind.format, kind.data)
            let image = try reader.image(encoded: file, file: "a.tif")
            #expect(image.floats == kind.values, "\(kind.bits) bits of the format \(kind.format)")
        }
        let infinite = tiff(width: 2, bits: 16, format: 3, bytes([0, 0x7c00] as [UInt16]))
        let error = #expect(throws: ImageError.self) { try reader.image(encoded: infinite, file: "a.tif") }
        #expect(error?.reason == "the pixel in row 0, column 1 is inf")
    }

    /// NumPy's integers are of 32 and 64 bits, and many programs save label images so.
    @Test func masksOfWideIntegers() throws {
        let masks: [(bits: Int, format: Int, data: [UInt8])] = [
            (32, 2, bytes([0, 1, 255] as [Int32])), (32, 1, bytes([0, 1, 255] as [UInt32])),
            (64, 2, bytes([0, 1, 255] as [Int64])), (8, 2, bytes([0, 1, 2] as [Int8])),
            (16, 2, bytes([0, 1, 255] as [Int16])),
        ]
        for mask in masks {
            let decoded = try TIFFFormat().decodeIndices(
                tiff(width: 3, bits: mask.bits, format: mask.format, mask.data), file: "a.tif")
            guard case .words(let words) = decoded.samples else { throw CancellationError() }
            #expect(words == [0, 1, mask.bits == 8 ? 2 : 255])
        }
        let wrong: [(bits: Int, format: Int, data: [UInt8], reason: String)] = [
            (32, 2, bytes([0, -1] as [Int32]), "the pixel in row 0, column 1 has the label -1"),
            (32, 1, bytes([70000, 0] as [UInt32]), "column 0 has the label 70000"),
            (32, 3, bytes([0, 1] as [Float]), "its pixels are floats, and are not class indices"),
        ]
        for mask in wrong {
            let file = tiff(width: 2, bits: mask.bits, format: mask.format, mask.data)
            let error = #expect(throws: ImageError.self) { try TIFFFormat().decodeIndices(file, file: "a.tif") }
            #expect(error?.reason.contains(mask.reason) == true, "\(error?.reason ?? "")")
        }
    }

    /// White, black, cyan and half of black over half of yellow, as Pillow converts them.
    @Test func inksBecomeColours() throws {
        let inks: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0, 0, 128, 127]
        let colors: [UInt8] = [255, 255, 255, 0, 0, 0, 0, 255, 255, 128, 128, 64]
        let file = tiff(width: 4, channels: 4, bits: 8, photometric: 5, inks)
        let reader = ImageReader(formats: [TIFFFormat()])
        #expect(try reader.image(encoded: file, file: "a.tif").pixels == colors)
        let words = tiff(width: 4, channels: 4, bits: 16, photometric: 5, bytes(inks.map { UInt16($0) * 257 }))
        #expect(try reader.image(encoded: words, file: "a.tif").pixels == colors)
    }
}
