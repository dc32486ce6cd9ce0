import Foundation
import NNLayers
import Testing

@testable import NNDatasets

/// Palettes of masks against the colours of classes, and against each other.
@Suite struct PaletteTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "palettes-\(UUID().uuidString)")
    private static let colors = [Color(0x000000), Color(0x800000), Color(0x008000)]

    /// Masks of three stripes; `order` has the number of each class in each file.
    private func report(
        _ orders: [[Int]], classes: ClassListOption? = nil, colors: [Color] = colors
    ) throws -> DataCheckReport {
        defer { try? FileManager.default.removeItem(at: folder) }
        for split in ["train", "validation"] {
            for kind in ["images", "masks"] {
                try FileManager.default.createDirectory(
                    at: folder.appending(path: "\(kind)/\(split)"), withIntermediateDirectories: true)
            }
            for (index, order) in orders.enumerated() {
                let shade = UInt8(index * 16 + (split == "train" ? 0 : 8))
                try Image(size: 6, channels: 3, pixels: [UInt8](repeating: shade, count: 108))
                    .writePNG(to: folder.appending(path: "images/\(split)/\(index).png"))
                var palette = colors
                for (label, number) in order.enumerated() { palette[number] = colors[label] }
                try Image(size: 6, channels: 1, pixels: (0..<36).map { UInt8(order[$0 / 12]) })
                    .writePNG(to: folder.appending(path: "masks/\(split)/\(index).png"), palette: palette)
            }
        }
        let path = folder.path
        return DataCheck().run {
            try MaskFolders(path: path, split: $0, classCount: classes == nil ? 3 : nil, classes: classes)
        }
    }

    private let coloured: ClassListOption = ["ground #000000", "car #800000", "tree #008000"]

    @Test func numbersInTheColoursOfOtherClassesAreErrors() throws {
        let found = try report([[0, 1, 2], [1, 2, 0]], classes: coloured).findings.filter { $0.kind == .palette }
        #expect(found.map(\.severity) == [.error, .error])
        #expect(found.first?.file.hasSuffix("masks/train/1.png") == true)
        #expect(
            found.first?.message.contains("the number 0, the class 'ground', in #008000, the colour of 'tree'") == true)
        #expect(found.first?.remedy.contains("mask_colors") == true)
        #expect(try report([[0, 1, 2], [0, 1, 2]], classes: coloured).findings.allSatisfy { $0.kind != .palette })
    }

    @Test func masksThatContradictEachOtherAreWarnedOf() throws {
        let found = try report([[0, 1, 2], [0, 1, 2], [1, 2, 0]]).findings.filter { $0.kind == .palette }
        #expect(found.map(\.severity) == [.warning])
        #expect(found.first?.file.hasSuffix("masks/train/2.png") == true)
        // Colours that the class list does not have may be chosen for the eye.
        let other = [Color(0x111111), Color(0x222222), Color(0x333333)]
        #expect(
            try report([[0, 1, 2], [0, 1, 2]], classes: coloured, colors: other).findings
                .allSatisfy { $0.kind != .palette })
        // One colour for all tells nothing.
        let black = [Color](repeating: Color(0), count: 3)
        #expect(try report([[0, 1, 2], [2, 1, 0]], colors: black).findings.allSatisfy { $0.kind != .palette })
    }

    @Test func palettesAreReadFromHeaders() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "palette-\(UUID().uuidString).png")
        defer { try? FileManager.default.removeItem(at: file) }
        try Image(size: 2, channels: 1, pixels: [0, 1, 2, 1]).writePNG(to: file, palette: Self.colors)
        #expect(PNGPalette(contentsOf: file.path)?.colors.prefix(3).elementsEqual(Self.colors) == true)
        let bytes = [UInt8](try Data(contentsOf: file))
        for length in 0..<bytes.count { _ = PNGPalette(Array(bytes.prefix(length))) }
        try Image(size: 2, channels: 1, pixels: [0, 1, 2, 1]).writePNG(to: file)
        #expect(PNGPalette(contentsOf: file.path) == nil)
    }
}
