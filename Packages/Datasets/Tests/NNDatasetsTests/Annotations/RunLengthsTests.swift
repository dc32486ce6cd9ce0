import Foundation
@_spi(Text) @testable import NNDatasets
@_spi(Text) import NNCore
import NNLayers
import Testing

/// Polygons and runs against pycocotools; `Tests/Fixtures/make_annotations.py` writes the file.
@Suite struct RunLengthsTests {
    private struct Case {
        let size: Size
        let region: AnnotatedRegion
        let counts: String
        let area: Int
        let bounds: [Int]
    }

    private static let cases: [Case] = {
        let file = Bundle.module.url(forResource: "coco_masks", withExtension: "json", subdirectory: "Fixtures")!
        let root = try! JSONValue(annotations: file)
        return root.elements!.map { value in
            let size = Size(height: value["size"]!.elements![0].integer!, width: value["size"]!.elements![1].integer!)
            let segmentation = value["segmentation"]!
            let region =
                segmentation["counts"].map { AnnotatedRegion.runs($0.numbers!, size) }
                ?? .polygons(segmentation.elements!.map { $0.numbers! })
            return Case(
                size: size, region: region, counts: value["counts"]!.string!, area: value["area"]!.integer!,
                bounds: value["bbox"]!.elements!.map { $0.integer! })
        }
    }()

    @Test func pixelsAreThoseOfPycocotools() throws {
        #expect(Self.cases.count == 137)
        for (index, entry) in Self.cases.enumerated() {
            let runs = try entry.region.runs(in: entry.size)
            #expect(runs.compressed == entry.counts, "case \(index): \(entry.size)")
            #expect(runs.area == entry.area, "case \(index)")
            let bounds = runs.bounds
            #expect([bounds.left, bounds.top, bounds.width, bounds.height] == entry.bounds, "case \(index)")
        }
    }

    @Test func textIsReadBack() throws {
        for entry in Self.cases {
            let runs = try entry.region.runs(in: entry.size)
            #expect(try RunLengths(size: entry.size, compressed: entry.counts) == runs)
            var mask = Image(size: entry.size, channels: 1)
            mask.withUnsafeMutablePixels { pixels in runs.forEachPixel { pixels[$0] = 1 } }
            #expect(RunLengths(of: 1, in: mask) == runs)
        }
    }

    @Test(arguments: [
        ([0, 7], "longer than the 6 pixels"), ([1, 2], "its runs have 3 pixels, the image has 6"),
        ([-1, 7], "the length -1"), ([Int.max, Int.max], "longer than the 6 pixels"),
    ])
    func wrongRunsAreRefused(counts: [Int], expected: String) {
        let message = failure { _ = try RunLengths(size: Size(height: 2, width: 3), counts: counts) }
        #expect(message?.contains(expected) == true, "\(message ?? "no error")")
    }

    @Test(arguments: ["o", "oooooooooooooooo", " ", "é", "06P", "06000000000", "\u{7f}"])
    func damagedTextIsRefused(text: String) {
        #expect(failure { _ = try RunLengths(size: Size(height: 2, width: 3), compressed: text) } != nil)
    }

    @Test(
        arguments: [
            ([1, 2, 3, 4], "2 points"), ([], "0 points"), ([1, 2, 3, 4, 5], "half a point"),
            ([1, 2, 3, 4, 5, .nan], "nan"), ([1, 2, 3, 4, 5, 1e9], "1000000000.0"),
            ([1, -.infinity, 3, 4, 5, 1], "-inf"),
        ] as [([Double], String)])
    func polygonsWithoutAreaAreRefused(polygon: [Double], expected: String) {
        let message = failure { _ = try RunLengths(size: 8, polygon: polygon) }
        #expect(message?.contains(expected) == true, "\(message ?? "no error")")
    }
}
