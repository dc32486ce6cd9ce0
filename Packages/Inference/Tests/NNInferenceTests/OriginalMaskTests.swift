import NNDatasets
import NNLayers
import Testing

@_spi(Internal) @testable import NNInference

/// Scores at the size of the masks, whatever happens to the images.
struct OriginalMaskTests {
    /// Class 2 where a pixel is rather red, 1 where it is rather green, else 0.
    private final class ColorClasses: Layer {
        func forward(_ input: Tensor, context: Context) -> Tensor {
            let input = input.cast(to: .float32)
            let (red, green) = (input.slice(axis: 3, range: 0..<1), input.slice(axis: 3, range: 1..<2))
            return Tensor.concatenated([red * 0 + 0.4, green, red], axis: 3)
        }
    }

    /// The weighted mean over pixels that count.
    private final class WeightedCrossEntropy: Loss {
        let ignoreIndex: Int? = 255
        private let weights: [Float] = [1, 2, 0.5]

        func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
            logits.softmaxCrossEntropy(labels: labels, classWeights: Tensor(weights), ignoreIndex: ignoreIndex)
        }

        func weight(of labels: Tensor) -> Double? {
            labels.scalars(as: Int32.self).reduce(0) { $0 + ($1 == 255 ? 0 : Double(weights[Int($1)])) }
        }
    }

    /// Images of several sizes; the masks are what a colour says, but for some pixels, or what a predictor says.
    private struct Colors: Dataset {
        var sizes = [(20, 30), (20, 30), (31, 17), (20, 30), (8, 8)].map { Size(height: $0.0, width: $0.1) }
        var truth: (@Sendable (Image) -> Image)?
        var count: Int { sizes.count }
        let classNames = ["none", "grass", "brick"]
        let ignoreIndex: Int? = 255

        func image(_ index: Int) -> Image {
            let size = sizes[index]
            var image = Image(size: size)
            for row in 0..<size.height {
                for column in 0..<size.width {
                    image[row, column, 0] = UInt8((row * 31 + column * 17 + index * 50) % 256)
                    image[row, column, 1] = UInt8((row * row + column * 3 + index) % 256)
                }
            }
            return image
        }

        func sample(at index: Int) -> Sample {
            let image = image(index)
            if let truth { return Sample(image: image, target: .mask(truth(image)), name: "\(index)") }
            var mask = Image(size: image.size, channels: 1)
            for row in 0..<image.height {
                for column in 0..<image.width {
                    mask[row, column] = index == 2 && row < 9 ? 255 : UInt8((row + column + index) % 3)
                }
            }
            return Sample(image: image, target: .mask(mask), name: "\(index)")
        }
    }

    private func evaluate(
        _ data: Colors, _ transforms: [any Transform], batchSize: Int = 2, threads: Int = 0,
        options: InferenceOptions = InferenceOptions()
    ) throws -> EvaluationResult {
        let loader = try DataLoader(
            data, batchSize: batchSize, transforms: transforms, threads: threads, evaluates: true)
        return try Evaluator(
            ColorClasses(), loss: WeightedCrossEntropy(),
            metrics: [SegmentationAreas(classNames: data.classNames, ignoreIndex: 255)], task: .segmentation,
            options: options
        ).evaluate(loader)
    }

    private static let preparations: [[any Transform]] = [
        [], [Resize(size: Size(height: 12, width: 13))], [Resize(size: Size(16), keepsAspectRatio: true)],
        [Pad(size: Size(40), isCentered: true, ignoreIndex: 255)], [CenterCrop(size: Size(6))],
        [Resize(size: Size(10), keepsAspectRatio: true), CenterCrop(size: Size(7)), Pad(divisor: 8, ignoreIndex: 255)],
    ]

    /// The predictor's own masks as the truth: evaluation finds no wrong pixel.
    @Test(arguments: preparations.indices, [false, true])
    func evaluationAndPredictionAgree(_ index: Int, isTiled: Bool) throws {
        var options = InferenceOptions()
        options.flips = true
        if isTiled { options.tiling = .windows(.init(size: Size(9), overlap: 3)) }
        let transforms = Self.preparations[index]
        let data = DataDescription(classNames: Colors().classNames)
        let predictor = Predictor(
            ColorClasses(), task: .segmentation, data: data, transforms: transforms, options: options)
        var colors = Colors()
        let masks = try (0..<colors.count).map { try predictor.segment(colors.image($0)).mask }
        #expect(masks.map(\.size) == colors.sizes)
        let images = (0..<colors.count).map { colors.image($0) }
        colors.truth = { image in masks[images.firstIndex { $0.pixels == image.pixels }!] }
        let result = try evaluate(colors, transforms, batchSize: 3, options: options)
        #expect(result.scores.first { $0.name == "aAcc" }?.value == 100)
        #expect(result.sampleCount == 5 && result.dividedCount == (isTiled ? 5 : 0))
    }

    /// Batches of any size, and images of different sizes in one of them.
    @Test(arguments: preparations.indices)
    func nothingDependsOnBatches(_ index: Int) throws {
        let transforms = Self.preparations[index]
        let expected = try evaluate(Colors(), transforms, batchSize: 1).scores.map(\.value)
        for batchSize in [2, 5, 100] {
            let found = try evaluate(Colors(), transforms, batchSize: batchSize, threads: 2).scores.map(\.value)
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 * max(1, abs($1)) }, "\(found) \(expected)")
        }
    }

    /// By the definition: the logits of a resized image at the size of the mask, pixel by pixel.
    @Test func scoresAreThoseOfResizedLogits() throws {
        let data = Colors()
        var areas = SegmentationAreas(classNames: data.classNames, ignoreIndex: 255)
        for index in 0..<data.count {
            let sample = data.sample(at: index)
            guard case .mask(let mask) = sample.target else { continue }
            let small = sample.image.resized(to: Size(height: 12, width: 13))
            let logits = ColorClasses()(Normalization().tensor(of: small), .inference())
                .resized(to: mask.size, method: .bilinear())
            let labels = Tensor(mask.pixels.map(Int32.init), shape: [1, mask.height, mask.width])
            areas.update(Predictions(logits: logits), labels: labels)
        }
        let result = try evaluate(data, [Resize(size: Size(height: 12, width: 13))])
        #expect(result.scores.dropFirst().map(\.value) == areas.values.map(\.value))
    }

    /// Images whose logits do not fit are resized region by region, to the same logits.
    @Test(
        arguments: [Size(height: 7, width: 11), Size(height: 40, width: 33), Size(height: 20, width: 30)],
        [false, true])
    func regionsMakeUpTheWhole(_ size: Size, isTiled: Bool) throws {
        var options = InferenceOptions()
        if isTiled { options.tiling = .windows(.init(size: Size(9), overlap: 3)) }
        let images = Tensor.normal([1, 24, 35, 3], mean: 0, standardDeviation: 1, key: RandomKey(seed: 1))
        let input = PixelPrediction.Input(
            size: Size(height: 24, width: 35),
            region: NNDatasets.Region(top: 2, left: 1, size: Size(height: 20, width: 30)),
            originalSize: size, name: "large",
            pixels: { images.slice(axis: 1, range: $0.rows).slice(axis: 2, range: $0.columns) })
        var prediction = PixelPrediction(network: ColorClasses(), options: options, precision: .float32)
        var inputs = InputProof()
        var whole: Tensor?
        try prediction.forEachRegion(of: input, inputs: &inputs) { logits, region in
            #expect(region == NNDatasets.Region(size: size))
            whole = logits
        }
        let expected = try #require(whole)
        prediction.largestLogitCount = 200
        var covered = 0
        try prediction.forEachRegion(of: input, inputs: &inputs) { logits, region in
            let part = expected.slice(axis: 1, range: region.rows).slice(axis: 2, range: region.columns)
            #expect(logits.shape == part.shape && (logits - part).abs().floats.allSatisfy { $0 < 1e-5 })
            covered += region.size.area
        }
        #expect(covered == size.area && size.area > 66)
    }

    @Test func anErrorNamesTheImage() throws {
        var data = Colors()
        data.truth = { Image(size: Size(height: $0.height + 1, width: $0.width), channels: 1) }
        let error = #expect(throws: ImageError.self) { try evaluate(data, []) }
        #expect(error?.file == "0" && error?.reason.contains("mask has") == true)
    }
}
