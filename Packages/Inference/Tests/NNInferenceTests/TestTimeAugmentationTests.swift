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
}
