import NNLayers
import Testing

@testable import NNInference

/// Gives each pixel's first channel times its column as the logit of one class.
private final class Columns: Layer {
    func forward(_ input: Tensor, context: Context) -> Tensor {
        let columns = Tensor((0..<input.shape[2]).map(Float.init), shape: [1, 1, input.shape[2], 1])
        return input.slice(axis: 3, range: 0..<1) * columns
    }
}

/// The mean over all pixels as the logits of three classes.
private final class Means: Layer {
    func forward(_ input: Tensor, context: Context) -> Tensor { input.globalAveragePooled() }
}

struct TestTimeAugmentationTests {
    @Test func mirroredImagesAreMirroredBack() {
        let input = Tensor.normal([2, 3, 4, 3], mean: 0, standardDeviation: 1, key: RandomKey(seed: 0))
        let found = TestTimeAugmentation(Columns())(input, .inference())
        // Seen mirrored, column c is column 3 - c, so the mean is always 3 / 2 times the pixel.
        let expected = input.slice(axis: 3, range: 0..<1) * 1.5
        #expect(isClose(found.floats, expected.floats, tolerance: 1e-6))
    }

    @Test func scalesComeBackToTheSizeOfTheImage() {
        let input = Tensor.normal([1, 7, 10, 3], mean: 0, standardDeviation: 1, key: RandomKey(seed: 0))
        let found = TestTimeAugmentation(Columns(), scales: [0.5, 1, 1.75], flips: true)(input, .inference())
        #expect(found.shape == [1, 7, 10, 1])
        let classes = TestTimeAugmentation(Means(), scales: [1, 2], flips: true)(input, .inference())
        #expect(classes.shape == [1, 3])
        let plain = Means()(input, .inference())
        #expect(isClose(TestTimeAugmentation(Means())(input, .inference()).floats, plain.floats, tolerance: 1e-6))
    }

    /// Windows and scales without meaning, by every way in.
    @Test func refusesOptions() async {
        for scales in [[], [0], [-1], [.nan], [.infinity], [1e30], [1, 9]] as [[Float]] {
            var options = InferenceOptions()
            options.scales = scales
            #expect(throws: OptionError.self) { try options.validate() }
        }
        let windows: [(Size, Int?)] = [
            (0, nil), (Size(-1), nil), (Size(1 << 31), nil), (Size(.max), nil), (8, 8), (8, -1), (8, .max),
            (Size(height: 0, width: 8), 0),
        ]
        for (size, overlap) in windows {
            var options = InferenceOptions()
            options.tiling = .windows(.init(size: size, overlap: overlap))
            #expect(throws: OptionError.self) { try options.validate() }
        }
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = TestTimeAugmentation(Identity(), scales: [1e30])
            }, "TestTimeAugmentation: scales must be above 0 and up to 8, not 1e+30")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = SlidingWindow(Identity(), window: 8, overlap: .max)
            }, "SlidingWindow: overlap must be 0 or more and less than the sides of the window")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = SlidingWindow(Identity(), window: 0)
            }, "SlidingWindow: window.height must be positive, not 0")
    }

    private func expectMessage(_ result: ExitTest.Result?, _ message: String) {
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains(message))
    }
}
