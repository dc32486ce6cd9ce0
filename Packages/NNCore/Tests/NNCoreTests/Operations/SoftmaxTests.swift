import Foundation
import NNCore
import Testing

@Suite(.onSeveralThreads) struct SoftmaxTests {
    static let cases: [(Shape, Int)] = [
        ([7], 0), ([3, 5], -1), ([3, 5], 0), ([2, 150], 1), ([2, 37, 3], 1), ([4, 1], 1),
    ]

    @Test(arguments: cases)
    func values(_ shape: Shape, _ axis: Int) {
        let x = distinctTensor(shape) * 2
        let dimension = axis < 0 ? axis + shape.rank : axis
        let expected = Tensor.tabulated(shape) { index in
            let line = (0..<shape[dimension]).map { position in
                var index = index
                index[dimension] = position
                return exp(Double(x.value(at: index)))
            }
            return Float(exp(Double(x.value(at: index))) / line.reduce(0, +))
        }
        expectClose(x.softmax(axis: axis), expected, tolerance: 1e-6)
        expectClose(x.logSoftmax(axis: axis), Tensor(expected.floats.map { log($0) }, shape: shape), tolerance: 2e-6)
    }

    @Test(arguments: [([7], 0), ([3, 5], 1), ([2, 5, 3], 1)] as [(Shape, Int)])
    func gradients(_ shape: Shape, _ axis: Int) {
        expectGradient(by: distinctTensor(shape)) { $0[0].softmax(axis: axis) }
        expectGradient(by: distinctTensor(shape)) { $0[0].logSoftmax(axis: axis) }
        expectSameInBFloat16(distinctTensor(shape)) { $0[0].softmax(axis: axis) }
        expectSameInBFloat16(distinctTensor(shape), tolerance: 1.0 / 32) { $0[0].logSoftmax(axis: axis) }
    }

    @Test func largeLogitsDoNotOverflow() {
        let x = Tensor([1000, 999, -1000] as [Float])
        let first = 1 / (1 + exp(-1 as Float))
        expectClose(x.softmax(), Tensor([first, 1 - first, 0]), tolerance: 1e-6)
        expectClose(x.logSoftmax(), Tensor([log(first), log(first) - 1, log(first) - 2000]), tolerance: 1e-6)
        #expect(Tensor([0, -.infinity] as [Float]).softmax().floats == [1, 0])
    }

    @Test func manyLinesOnAllThreads() {
        let sums = distinctTensor([3001, 19]).softmax().sum(axes: [1])
        #expect(sums.floats.allSatisfy { abs($0 - 1) < 1e-5 })
    }

    @Test func refusesAxesThatAreNotThere() {
        let specification = TensorSpecification(shape: [2, 3])
        #expect(refusal(of: specification) { _ = $0[0].softmax(axis: 2) } == "softmax: [2, 3] has no axis 2")
    }
}
