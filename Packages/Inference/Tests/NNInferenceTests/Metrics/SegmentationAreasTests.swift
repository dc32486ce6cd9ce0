import NNLayers
import Testing
import NNInference

@Suite struct SegmentationAreasTests {
    // Two images of 2x2 pixels; class 3 occurs nowhere, class 2 is predicted but labelled nowhere.
    private let labels: [Int32] = [0, 0, 1, 255, 1, 1, 0, 0]
    private let predicted = [0, 1, 1, 1, 1, 0, 2, 0]
    private let names = ["road", "tree", "sky", "car"]

    private func areas(images: Range<Int>) -> SegmentationAreas {
        var metric = SegmentationAreas(classNames: names, ignoreIndex: 255)
        for image in images {
            let part = (image * 4)..<(image * 4 + 4)
            metric.update(
                predictions(Array(predicted[part]), classCount: 4, shape: [1, 2, 2]),
                labels: Tensor(Array(labels[part]), shape: [1, 2, 2]))
        }
        return metric
    }

    /// By the definitions, with pixel 3 left out: I = 2, 2, 0; P = 3, 3, 1; L = 4, 3, 0.
    @Test func sumsAreasOverTheWholeSet() {
        let metric = areas(images: 0..<2)
        #expect(metric.areas.map(\.intersection) == [2, 2, 0, 0])
        #expect(metric.areas.map(\.prediction) == [3, 3, 1, 0])
        #expect(metric.areas.map(\.label) == [4, 3, 0, 0])
        let values = metric.values
        #expect(values.map(\.name) == ["mIoU", "mAcc", "mDice", "aAcc"])
        func mean(_ parts: [Double]) -> Double { parts.reduce(0, +) / Double(parts.count) }
        let expected: [Double] = [mean([2 / 5, 2 / 4, 0]), mean([2 / 4, 2 / 3]), mean([4 / 7, 4 / 6, 0]), 4 / 7]
        #expect(isClose(values.map(\.value), expected.map { $0 * 100 }, tolerance: 1e-12))
    }

    @Test func showsTheClassesAndThenTheMeans() {
        #expect(
            areas(images: 0..<2).report == """
                class  IoU %  Acc %  Dice %
                -----  -----  -----  ------
                road   40.00  50.00   57.14
                tree   50.00  66.67   66.67
                sky     0.00      —    0.00
                car        —      —       —
                mIoU 30.00  mAcc 58.33  mDice 41.27  aAcc 57.14
                """)
    }

    @Test func resets() {
        var metric = areas(images: 0..<2)
        metric.reset()
        #expect(metric.values.isEmpty)
        #expect(metric.report == nil)
    }

    @Test func nothingButIgnoredPixelsHasNoResult() {
        var metric = SegmentationAreas(classNames: names, ignoreIndex: 255)
        metric.update(
            predictions([1, 1], classCount: 4, shape: [1, 1, 2]),
            labels: Tensor([255, 255] as [Int32], shape: [1, 1, 2]))
        #expect(metric.values.isEmpty)
    }
}
