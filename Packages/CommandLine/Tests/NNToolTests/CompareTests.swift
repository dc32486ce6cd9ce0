import Foundation
import NNDatasets
import NNInference
import NNLayers
import NNTraining
import Testing

@testable import NNTool

/// Two classes by the red of the image: the logits are its mean times a factor, and 0.
private final class Redness: Layer {
    private let factor: Float

    init(_ factor: Float) { self.factor = factor }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        let mean = input.cast(to: .float32).slice(axis: 3, range: 0..<1).mean(axes: [1, 2, 3]).reshaped([-1, 1])
        return .concatenated([(mean - 0.5) * factor, mean * 0], axis: 1)
    }
}

/// The class of each pixel: 0 where it is red.
private final class RedPixels: Layer {
    func forward(_ input: Tensor, context: Context) -> Tensor {
        let red = input.cast(to: .float32).slice(axis: 3, range: 0..<1)
        return .concatenated([red, 0.5 - red], axis: 3)
    }
}

@Suite struct CompareTests {
    private let classes = DataDescription(classNames: ["red", "蓝"])

    private func sheets(_ names: [String], isDense: Bool = false, count: Int = 3) -> ComparisonSheets {
        ComparisonSheets(
            names: names, data: classes, isDense: isDense, hasVerdicts: true,
            url: URL(fileURLWithPath: "figures/sheet.png"), rowCount: 20, imageCount: count)
    }

    private func image(red: UInt8, size: Size = 4) -> Image {
        Image(size: size, channels: 3, pixels: (0..<size.area).flatMap { _ in [red, 0, 0] })
    }

    @Test func titlesThatCannotBeReadAreNumbers() {
        #expect(sheets(["fcn", "segnet"]).titles == ["fcn", "segnet"])
        #expect(sheets(["模型", "segnet"]).titles == ["1", "2 segnet"])
        let long = String(repeating: "very long ", count: 8)
        #expect(sheets([long, "b"]).titles == ["1", "2 b"])
    }

    @Test func manyImagesMakeSeveralSheets() {
        #expect(sheets(["a", "b"], count: 20).urls.map(\.lastPathComponent) == ["sheet.png"])
        #expect(
            sheets(["a", "b"], count: 41).urls.map(\.lastPathComponent) == [
                "sheet-1.png", "sheet-2.png", "sheet-3.png",
            ])
        #expect(sheets(["a", "b"], count: 200).urls.count == 10)
    }

    @Test func classifiersAreRightOrWrong() throws {
        let predictors = [8, -8].map { Predictor(Redness($0), task: .classification, data: classes) }
        let maker = RowMaker(predictors: predictors, cardWidth: 170, ignoreIndex: nil)
        let row = try maker.row("a|b.png", truth: .label(0)) { _ in
            Sample(image: image(red: 255), target: .label(0), name: "a|b.png")
        }
        #expect(row.text.truth == "red")
        #expect(row.text.predictions.map(\.text) == ["red 98 %", "蓝 98 %"])
        #expect(row.text.predictions.map(\.isRight) == [true, false])
        let corners = row.images.map { Color(red: $0[0, 0, 0], green: $0[0, 0, 1], blue: $0[0, 0, 2]) }
        #expect(corners == [RowMaker.rightColor, RowMaker.wrongColor])
        #expect(row.images.allSatisfy { $0.width == 170 })

        let text = sheets(["<b>", "b|c"]).markdown([row.text], sheets: 1)
        #expect(text.contains("| sheet | image | truth | &lt;b&gt; | b\\|c |"))
        #expect(text.contains("| row 1 | a\\|b.png | red | red 98 % (right) | 蓝 98 % (wrong) |"))
        #expect(text.contains("- 1: 蓝"))

        let unknown = try maker.row("x", truth: nil) { _ in
            Sample(image: image(red: 255), target: .label(0), name: "x")
        }
        #expect(unknown.truth == nil && unknown.text.predictions.map(\.isRight) == [nil, nil])
    }

    @Test func masksHaveTheShareOfRightPixels() throws {
        let predictor = Predictor(RedPixels(), task: .segmentation, data: classes)
        let maker = RowMaker(predictors: [predictor, predictor], cardWidth: 170, ignoreIndex: 255)
        // All pixels are red: one label is wrong, and one is not counted.
        let mask = Image(size: 2, channels: 1, pixels: [0, 0, 1, 255])
        let row = try maker.row("a", truth: .mask(mask)) { _ in
            Sample(image: image(red: 255, size: 2), target: .label(0), name: "a")
        }
        #expect(row.text.predictions.map(\.text) == ["66.7 %", "66.7 %"])
        #expect(row.truth?.size == 2 && row.images.map(\.size) == [2, 2])
        #expect(row.images[0] == Image(size: 2, channels: 1, pixels: [0, 0, 0, 0]).colored(Color.classes(2)))
    }

    @Test func sheetsAreWritten() throws {
        let folder = try TemporaryFolder()
        let predictor = Predictor(RedPixels(), task: .segmentation, data: classes)
        let maker = RowMaker(predictors: [predictor, predictor], cardWidth: 170, ignoreIndex: nil)
        let rows = try (0..<3).map { _ in
            try maker.row("a", truth: nil) { _ in
                Sample(image: image(red: 255, size: Size(height: 2, width: 4)), target: .label(0), name: "a")
            }
        }
        let sheets = ComparisonSheets(
            names: ["a", "模"], data: classes, isDense: true, hasVerdicts: true,
            url: folder.url.appending(path: "sheet.png"), rowCount: 2, imageCount: 3)
        try sheets.write(Array(rows.prefix(2)), number: 1)
        try sheets.write(Array(rows.suffix(1)), number: 2)
        #expect(folder.files == ["sheet-1.png", "sheet-2.png"])
        let images = try ["sheet-1.png", "sheet-2.png"].map { try Image(contentsOf: folder.url.appending(path: $0)) }
        // The image and two masks of 300 by 150.
        #expect(images.map(\.width) == [940, 940])
        #expect(images[0].height - images[1].height == 160)
    }

    @Test func aFolderOfSeedsStandsForItsRuns() throws {
        let folder = try TemporaryFolder()
        let study = try RunStudy(
            in: folder.url.appending(path: "runs"), configuration: "tiny", config: ExperimentConfig(), .seed, [4, 5])
        for seed in [4, 5] as [UInt64] { _ = try study.run(of: .numbered(.seed, seed)) }
        let single = folder.url.appending(path: "single")
        try FileManager.default.createDirectory(at: single, withIntermediateDirectories: true)
        let runs = try RunDirectory.compared([single.path, study.url.path])
        #expect(runs.map(\.url.lastPathComponent) == ["single", "seed-4", "seed-5"])
        #expect(throws: RunError.self) { try RunDirectory.compared(["nowhere"]) }
    }
}
