import NNCore
import Testing

@Suite(.onSeveralThreads) struct AveragePoolTests {
    @Test(arguments: WindowCase.common, [true, false])
    func values(_ window: WindowCase, countsPadding: Bool) {
        let x = distinctTensor([2, window.size.height, window.size.width, window.channels])
        let input = x.floats
        let strides = x.shape.strides
        let size = window.outputSize
        let expected = Tensor.tabulated([2, size.height, size.width, window.channels]) { index in
            let pixels = window.pixels(under: index[1], index[2])
            let sum = pixels.reduce(Float(0)) {
                $0 + input[index[0] * strides[0] + $1.y * strides[1] + $1.x * strides[2] + index[3]]
            }
            return sum / Float(countsPadding ? window.paddedArea(under: index[1], index[2]) : pixels.count)
        }
        let pool = { ($0 as Tensor).averagePooled(window, countsPadding: countsPadding) }
        expectClose(pool(x), expected)
        expectSameInBFloat16(x) { pool($0[0]) }
    }

    @Test(arguments: [true, false])
    func gradient(countsPadding: Bool) {
        let window = WindowCase(kernel: 3, strides: 2, padding: 1, ceilMode: true)
        expectGradient(by: distinctTensor([1, 5, 4, 2])) { $0[0].averagePooled(window, countsPadding: countsPadding) }
        let wide = WindowCase(kernel: Size(height: 4, width: 5), strides: 1)
        expectGradient(by: distinctTensor([1, 6, 6, 1])) { $0[0].averagePooled(wide, countsPadding: countsPadding) }
    }

    @Test func refusesWhatDoesNotFit() {
        let image = TensorSpecification(shape: [1, 4, 4, 3])
        #expect(
            refusal(of: image) { _ = $0[0].averagePooled(kernel: 5) }
                == "averagePool: a window of 5x5 does not fit into 4x4")
        let empty = TensorSpecification(shape: [1, 0, 4, 3])
        #expect(refusal(of: empty) { _ = $0[0].averagePooled(kernel: 2, padding: 1) }?.contains("[1, 0, 4, 3]") == true)
    }
}

extension WindowCase {
    /// How many pixels of the padded image lie under a window.
    fileprivate func paddedArea(under y: Int, _ x: Int) -> Int {
        let rows = (0..<kernel.height).filter { y * strides.height + $0 < size.height + padding.top + padding.bottom }
        let columns = (0..<kernel.width).filter { x * strides.width + $0 < size.width + padding.left + padding.right }
        return rows.count * columns.count
    }
}

extension Tensor {
    fileprivate func averagePooled(_ window: WindowCase, countsPadding: Bool) -> Tensor {
        averagePooled(
            kernel: window.kernel, strides: window.strides, padding: window.padding, countsPadding: countsPadding,
            ceilMode: window.ceilMode)
    }
}
