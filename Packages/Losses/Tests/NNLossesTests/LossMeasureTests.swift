import NNLayers
import NNLosses
import Testing

/// The loss of a data set, which does not depend on batches.
struct LossMeasureTests {
    /// Masks of five images with more and more ignored pixels: all of the fourth, and none of the first.
    private static let labels = Tensor(
        (0..<5 * 12).map { position -> Int32 in
            let (image, pixel) = (position / 12, position % 12)
            return image == 3 || pixel < 2 * image ? 255 : Int32((position * 7 + image) % 5)
        }, shape: [5, 3, 4])
    private static let logits = Tensor.normal(
        [5, 3, 4, 5], mean: 0, standardDeviation: 2, key: RandomKey(seed: 3))

    private func measured(_ loss: any Loss, _ logits: Tensor, _ labels: Tensor, batchSize: Int) -> Double? {
        var total = LossTotal()
        for start in stride(from: 0, to: labels.shape[0], by: batchSize) {
            let range = start..<min(start + batchSize, labels.shape[0])
            total += loss.measure(logits[range], labels: labels[range])
        }
        return total.value
    }

    @Test(arguments: LossCase.all)
    func batchesOfAnySizeGiveOneNumber(_ lossCase: LossCase) throws {
        let loss = try lossCase.loss()
        // Masks, and the classes of images.
        let rows = (Self.logits.reshaped([60, 5]), Self.labels.reshaped([60]))
        for (logits, labels) in [(Self.logits, Self.labels), rows] {
            let whole = try #require(measured(loss, logits, labels, batchSize: labels.shape[0]))
            for size in [1, 2, 3] {
                let found = try #require(measured(loss, logits, labels, batchSize: size))
                #expect(abs(found - whole) < 1e-6 * max(1, abs(whole)), "\(size): \(found) and \(whole)")
            }
        }
        let ignored = Tensor.full([2, 3, 4], value: 255, dataType: .int32)
        #expect(loss.measure(Self.logits[0..<2], labels: ignored).value == nil)
    }

    @Test func everyLossIsTried() throws {
        let tried = LossCase.all.map { $0.description.split(separator: ",")[0] }.map(String.init)
        let names = try Registry(plugins: [LossesPlugin()]).names(of: .loss)
        #expect(Set(tried + ["mse", "mae", "huber", "smooth_l1"]) == Set(names))
    }

    /// Those that are means are the same as if the set were one batch; others are means over images.
    @Test(arguments: LossCase.all)
    func itIsTheMeanOverWhatCounts(_ lossCase: LossCase) throws {
        let loss = try lossCase.loss()
        let found = try #require(measured(loss, Self.logits, Self.labels, batchSize: 2))
        func alone(_ loss: any Loss) -> Double {
            let images = [0, 1, 2, 4].map {
                Double(loss(Self.logits[$0..<$0 + 1], labels: Self.labels[$0..<$0 + 1]).item)
            }
            return images.reduce(0, +) / 4
        }
        let batch = Double(loss(Self.logits, labels: Self.labels).item)
        let name = lossCase.description
        let isMean = ["cross_entropy", "binary", "focal"].contains { name.hasPrefix($0) }
        if name == "sum, terms" {
            let terms = try #require(loss as? SumLoss).terms
            let focal = Double(terms[0].loss(Self.logits, labels: Self.labels).item)
            #expect(abs(found - (focal + 0.5 * alone(terms[1].loss))) < 1e-5)
        } else {
            #expect(abs(found - (isMean ? batch : alone(loss))) < 1e-5, "\(found), \(batch), \(alone(loss))")
        }
        #expect(loss.ignoreIndex == 255)
    }

    /// By hand: weights 1 and 3, so that the mean is (1 a + 3 b + 3 c) / 7.
    @Test func classWeightsWeighOverTheWholeSet() throws {
        let loss = CrossEntropy(classWeights: [1, 3], ignoreIndex: 255)
        let logits = Tensor([0, 0, 1, 0, 2, 0, 5, 5] as [Float], shape: [4, 2])
        let labels = Tensor([0, 1, 1, 255] as [Int32])
        let found = try #require(measured(loss, logits, labels, batchSize: 1))
        // -log(1/2), log(1 + e), log(1 + e^2)
        let expected = (0.693147 + 3 * 1.313262 + 3 * 2.126928) / 7
        #expect(abs(found - expected) < 1e-5)
    }

    /// PyTorch's `cross_entropy(logits, labels, weight, label_smoothing=0.3)`: the smoothed part of labels whose own weight
    /// is 0 counts too.
    @Test func labelsWithoutWeightAddTheirSmoothing() throws {
        let loss = CrossEntropy(labelSmoothing: 0.3, classWeights: [0, 1, 2], ignoreIndex: 255)
        let logits = Tensor([1, 2, -1, 0.5, 0, 4, -3, 2, 2, 1, 1, 1] as [Float], shape: [4, 3])
        let labels = Tensor([0, 1, 2, 255] as [Int32])
        let batch = Double(loss(logits, labels: labels).item)
        #expect(abs(batch - 1.712048) < 1e-5)
        for size in 1...4 {
            let found = try #require(measured(loss, logits, labels, batchSize: size))
            #expect(abs(found - batch) < 1e-6, "\(size): \(found) and \(batch)")
        }
        let none = loss.measure(logits[0..<1], labels: labels[0..<1])
        #expect(none.value == nil)
    }

    /// Nor does an image count whose classes have no weight.
    @Test(arguments: [OverlapClasses.present, .all])
    func imagesWithoutWeightDoNotCount(_ classes: OverlapClasses) throws {
        let labels = Tensor([0, 0, 0, 0, 0, 1, 2, 2] as [Int32], shape: [2, 2, 2])
        let logits = Self.logits[0..<2].slice(axis: 1, range: 0..<2).slice(axis: 2, range: 0..<2).slice(
            axis: 3, range: 0..<3)
        let losses: [any Loss] = [
            DiceLoss(classes: classes, classWeights: [0, 1, 2]),
            TverskyLoss(classes: classes, classWeights: [0, 1, 2]),
        ]
        for loss in losses {
            let batch = Double(loss(logits, labels: labels).item)
            for size in [1, 2] {
                let found = try #require(measured(loss, logits, labels, batchSize: size))
                #expect(abs(found - batch) < 1e-6, "\(type(of: loss)) \(found) and \(batch)")
            }
        }
    }

    @Test func numbersAndFlagsCountWhereTheyAreKnown() throws {
        let losses: [any Loss] = [
            MeanSquaredError(), MeanAbsoluteError(), HuberLoss(), SmoothL1Loss(beta: 0.5), BinaryCrossEntropy(),
            SumLoss([(MeanSquaredError(), 1), (MeanAbsoluteError(), 2)]),
        ]
        let labels = Tensor([1, .nan, .nan, .nan, 0, 1] as [Float], shape: [3, 2])
        let logits = Tensor([0.5, 9, 9, 9, -1, 2] as [Float], shape: [3, 2])
        for loss in losses {
            let batch = Double(loss(logits, labels: labels).item)
            for size in [1, 2, 3] {
                let found = try #require(measured(loss, logits, labels, batchSize: size))
                #expect(abs(found - batch) < 1e-6, "\(type(of: loss)) \(found) and \(batch)")
            }
            #expect(loss.measure(logits[1..<2], labels: labels[1..<2]).value == nil)
        }
    }
}
