import NNDatasets
import Foundation
import NNCore
import Testing

@Suite struct DataStatisticsTests {
    /// One grey value in each image, in sizes that differ.
    @Test func imagesAreCountedAndMeasured() {
        let dataset = PatternDataset(count: 5, classCount: 2) { sample, index in
            if index == 4 { throw ImageError(file: "4.png", reason: "it is empty", remedy: "Replace it") }
            var image = Image(size: Size(height: 2, width: 4 + index), channels: 3, filledWith: index < 2 ? 0 : 255)
            // As many pixels of 0 as of 255: 2 * 4 + 2 * 5 + 4, and 2 * 6 + 2 * 7 - 4.
            if index == 2 { for column in 0..<4 { image[0, column, 1] = 0 } }
            return Sample(image: image, target: sample.target, name: sample.name)
        }
        let statistics = DataStatistics(.train, dataset, threads: 3)
        #expect(statistics.samples == 5 && statistics.unusable == 1)
        #expect(statistics.classes.map(\.images) == [2, 2])
        #expect(statistics.classes.allSatisfy { $0.pixels == nil })
        #expect(statistics.widths.minimum == 4 && statistics.widths.median == 5 && statistics.widths.maximum == 7)
        #expect(statistics.heights.minimum == 2 && statistics.heights.maximum == 2)
        let normalization = statistics.normalization
        // 26 of 44 pixels are 255 in the red channel, 22 in the green one.
        let red = Float(26) / 44
        #expect(abs((normalization?.mean[0] ?? 0) - red) < 1e-6)
        #expect(abs((normalization?.standardDeviation[0] ?? 0) - (red * (1 - red)).squareRoot()) < 1e-6)
        #expect(normalization?.mean[1] == 0.5 && normalization?.standardDeviation[1] == 0.5)
    }

    @Test func pixelsOfMasksAreCounted() {
        // Class 0 in both images: 12 and 6 pixels; class 1 in the second: 4; 2 ignored; class 2 nowhere.
        let dataset = PatternDataset(count: 2, classCount: 3, ignoreIndex: 255) { sample, index in
            let size = Size(height: 3, width: 4)
            let labels: [UInt8] =
                index == 0 ? Array(repeating: 0, count: 12) : [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 255, 255]
            return Sample(
                image: Image(size: size), target: .mask(Image(size: size, channels: 1, pixels: labels)),
                name: sample.name)
        }
        let statistics = DataStatistics(.train, dataset, threads: 2)
        #expect(statistics.classes.map(\.images) == [2, 1, 0])
        #expect(statistics.classes.map(\.pixels) == [18, 4, 0])
        #expect(statistics.ignoredPixels == 2)
        #expect(statistics.labelCounts == [18, 4, 0])
    }

    /// Scripts read these keys and kinds.
    @Test func namesInJSONStay() throws {
        let dataset = PatternDataset(count: 3, classCount: 1)
        let json = String(decoding: try JSONEncoder().encode(DataStatistics(.train, dataset).classes), as: UTF8.self)
        #expect(json.contains("\"pictures\":3") && json.contains("\"name\":\"class 0\""))
        #expect(
            Finding.Kind.allCases.map(\.rawValue) == [
                "unusable_split", "unreadable", "color_mask", "black_and_white_mask", "size_mismatch",
                "unfit_size", "unfit_image", "palette", "label_out_of_range", "missing_class", "shared_picture",
                "contradiction",
                "repeated_picture",
                "imbalance", "unread_files", "unusual_picture",
            ])
    }

    @Test func theOrderOfThreadsDoesNotMatter() {
        let dataset = PatternDataset(count: 40)
        let statistics = DataStatistics(.train, dataset, threads: 1)
        for _ in 0..<3 { #expect(DataStatistics(.train, dataset, threads: 4) == statistics) }
    }
}
