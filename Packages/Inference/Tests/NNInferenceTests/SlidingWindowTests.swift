import NNLayers
import Testing

@testable import NNInference

/// Gives the sum of each pixel's channels and its double as logits of two classes, and notes the sizes that it saw.
private final class PixelSums: Layer {
    private(set) var sizes: [Size] = []

    func forward(_ input: Tensor, context: Context) -> Tensor {
        sizes.append(Size(height: input.shape[1], width: input.shape[2]))
        let sum = input.cast(to: .float32).sum(axes: [3], keepsDimensions: true)
        return Tensor.concatenated([sum, sum * 2], axis: 3)
    }
}

struct SlidingWindowTests {
    private func images(_ height: Int, _ width: Int) -> Tensor {
        Tensor.normal([2, height, width, 3], mean: 0, standardDeviation: 1, key: RandomKey(seed: 1))
    }

    /// What depends on each pixel alone comes out the same, however the image is divided.
    @Test(arguments: [(20, 31, 8, 2), (9, 40, 10, 3), (8, 8, 8, 4), (5, 6, 16, 4), (17, 17, 7, 0)])
    func blendsWhatWindowsAgreeOn(height: Int, width: Int, window: Int, overlap: Int) {
        let network = PixelSums()
        let input = images(height, width)
        let expected = network(input, .inference())
        let found = SlidingWindow(network, window: Size(window), overlap: overlap)(input, .inference())
        #expect(found.shape == expected.shape)
        #expect(isClose(found.floats, expected.floats, tolerance: 1e-5))
        let largest = network.sizes.dropFirst().map { max($0.height, $0.width) }.max()
        #expect(largest! <= window)
    }

    @Test func windowsCoverTheImageAndOverlap() {
        let windows = SlidingWindow.windows(Size(height: 10, width: 8), overlap: 3, in: Size(height: 10, width: 25))
        #expect(windows.allSatisfy { $0.top == 0 && $0.size == Size(height: 10, width: 8) })
        let lefts = windows.map(\.left)
        #expect(lefts.first == 0 && lefts.last == 17)
        #expect(zip(lefts, lefts.dropFirst()).allSatisfy { $1 - $0 <= 5 && $1 > $0 })
    }

    /// The first window is the region itself, and yet the second reaches into it.
    @Test func aRegionThatIsOneWindowIsBlendedToo() {
        let sliding = SlidingWindow(PixelSums(), window: Size(8), overlap: 4)
        let size = Size(height: 8, width: 12)
        func logits(_ part: Region) -> Tensor {
            Tensor([Float](repeating: Float(part.left), count: 64), shape: [1, 8, 8, 1])
        }
        let whole = sliding.logits(of: Region(top: 0, left: 0, size: size), in: size, by: logits)
        let region = Region(top: 0, left: 0, size: 8)
        let part = sliding.logits(of: region, in: size, by: logits)
        #expect(isClose(part.floats, whole.slice(axis: 2, range: region.columns).floats, tolerance: 1e-6))
    }

    @Test func runsOnShapesAlone() {
        let trace = Trace()
        let images = trace.input(TensorSpecification(shape: [1, 30, 50, 3]))
        let logits = SlidingWindow(PixelSums(), window: Size(16))(images, .inference())
        #expect(trace.failure == nil && logits.shape == [1, 30, 50, 2])
    }

    @Test func regionsAgreeWithTheWhole() {
        let sliding = SlidingWindow(PixelSums(), window: Size(9), overlap: 4)
        let input = images(21, 30)
        // Depends on the place within the window, as the logits of a network do.
        func logits(_ part: Region) -> Tensor {
            let rows = Tensor(
                (0..<part.size.height).map { Float($0 + part.top * 3) }, shape: [1, part.size.height, 1, 1])
            return input.slice(axis: 1, range: part.rows).slice(axis: 2, range: part.columns) * rows
        }
        let size = Size(height: 21, width: 30)
        let whole = sliding.logits(of: Region(top: 0, left: 0, size: size), in: size, by: logits)
        let region = Region(top: 6, left: 11, size: Size(height: 8, width: 13))
        let part = sliding.logits(of: region, in: size, by: logits)
        let expected = whole.slice(axis: 1, range: region.rows).slice(axis: 2, range: region.columns)
        #expect(isClose(part.floats, expected.floats, tolerance: 1e-5))
    }
}

extension SlidingWindow {
    fileprivate func logits(of region: Region, in size: Size, by logits: (Region) -> Tensor) -> Tensor {
        var blend = blend(of: region, in: size)
        for window in blend.windows { blend.add(logits(window), of: window) }
        return blend.logits
    }
}
