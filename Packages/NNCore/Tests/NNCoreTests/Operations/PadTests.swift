import NNCore
import Testing

@Suite(.onSeveralThreads) struct PadTests {
    @Test(arguments: [Float(0), -2.5])
    func putsTheValueAround(_ value: Float) {
        let x = distinctTensor([2, 3, 2])
        let expected = Tensor.tabulated([2, 6, 3]) { index in
            let position = [index[0], index[1] - 1, index[2] - 1]
            return zip(position, x.shape).allSatisfy { (0..<$1).contains($0) } ? x.value(at: position) : value
        }
        expectClose(x.padded([(0, 0), (1, 2), (1, 0)], value: value), expected, tolerance: 0)
    }

    @Test func integers() {
        let x = Tensor([1, 2] as [UInt8])
        #expect(x.padded([(1, 1)], value: 255).scalars(as: UInt8.self) == [255, 1, 2, 255])
    }

    @Test func gradient() {
        expectGradient(by: distinctTensor([2, 3])) { $0[0].padded([(1, 0), (0, 2)], value: 1) }
        expectSameInBFloat16(distinctTensor([2, 3])) { $0[0].padded([(1, 0), (0, 2)], value: 1) }
    }

    @Test func refusesOtherWidths() {
        let x = TensorSpecification(shape: [2, 3])
        #expect(refusal(of: x) { _ = $0[0].padded([(1, 1)]) } == "pad: widths (1, 1) for the dimensions of [2, 3]")
        #expect(refusal(of: x) { _ = $0[0].padded([(0, 0), (-1, 0)]) }?.contains("(-1, 0)") == true)
    }
}
