import NNCore
import Testing

@Suite(.onSeveralThreads) struct AdaptiveAveragePoolTests {
    static let sizes: [(image: Size, result: Size)] = [
        (Size(6), Size(3)), (Size(height: 7, width: 10), Size(height: 3, width: 4)), (Size(height: 5, width: 2), 6),
        (Size(height: 9, width: 4), 1), (Size(height: 1, width: 3), Size(height: 2, width: 3)),
    ]

    @Test(arguments: sizes)
    func values(_ image: Size, _ result: Size) {
        let x = distinctTensor([2, image.height, image.width, 3])
        let input = x.floats
        /// The pixels that lie in a region at least in part.
        func region(_ place: Int, of length: Int, in count: Int) -> [Int] {
            (0..<length).filter { pixel in (pixel + 1) * count > place * length && pixel * count < (place + 1) * length
            }
        }
        let expected = Tensor.tabulated([2, result.height, result.width, 3]) { index in
            let rows = region(index[1], of: image.height, in: result.height)
            let columns = region(index[2], of: image.width, in: result.width)
            let sum = rows.reduce(Float(0)) { sum, y in
                columns.reduce(sum) { $0 + input[((index[0] * image.height + y) * image.width + $1) * 3 + index[3]] }
            }
            return sum / Float(rows.count * columns.count)
        }
        expectClose(x.adaptivelyAveragePooled(to: result), expected)
        expectSameInBFloat16(x) { $0[0].adaptivelyAveragePooled(to: result) }
    }

    @Test func oneRegionIsTheMean() {
        let x = distinctTensor([2, 5, 7, 4])
        expectClose(x.adaptivelyAveragePooled(to: 1).reshaped([2, 4]), x.globalAveragePooled())
    }

    @Test(arguments: sizes)
    func gradient(_ image: Size, _ result: Size) {
        expectGradient(by: distinctTensor([1, image.height, image.width, 2])) {
            $0[0].adaptivelyAveragePooled(to: result)
        }
    }

    @Test func refusesWhatDoesNotFit() {
        let image = TensorSpecification(shape: [1, 4, 4, 3])
        #expect(
            refusal(of: image) { _ = $0[0].adaptivelyAveragePooled(to: 0) }
                == "adaptiveAveragePool: 0x0 is no size for an image")
    }
}
