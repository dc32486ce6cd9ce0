import NNCore
import Testing

@Suite(.onSeveralThreads) struct GlobalAveragePoolTests {
    @Test(arguments: [1, 3, 64, 130])
    func mean(_ channels: Int) {
        let x = distinctTensor([2, 5, 3, channels])
        let values = x.floats
        let expected = Tensor.tabulated([2, channels]) { index in
            let pixels = (0..<15).map { values[(index[0] * 15 + $0) * channels + index[1]] }
            return pixels.reduce(0, +) / 15
        }
        expectClose(x.globalAveragePooled(), expected)
        expectSameInBFloat16(x) { $0[0].globalAveragePooled() }
    }

    @Test func gradient() {
        expectGradient(by: distinctTensor([2, 2, 3, 4])) { $0[0].globalAveragePooled() }
    }

    @Test func refusesWhatIsNoImage() {
        let matrix = TensorSpecification(shape: [4, 4])
        #expect(refusal(of: matrix) { _ = $0[0].globalAveragePooled() }?.contains("[4, 4]") == true)
        let empty = TensorSpecification(shape: [2, 0, 4, 3])
        #expect(refusal(of: empty) { _ = $0[0].globalAveragePooled() }?.contains("[2, 0, 4, 3]") == true)
    }
}
