@_spi(Kernels) import NNCore
import Testing

/// Other shapes of the same elements, and tensors stacked along a new axis.
@Suite(.onSeveralThreads) struct ReshapingTests {
    @Test func squeezes() {
        let x = distinctTensor([1, 3, 1, 2, 1])
        #expect(x.squeezed().shape == [3, 2] && x.squeezed(axis: 0).shape == [3, 1, 2, 1])
        #expect(x.squeezed(axis: -1).shape == [1, 3, 1, 2] && x.squeezed(axis: 2).floats == x.floats)
        #expect(Tensor.ones([1, 1]).squeezed().shape == [] && Tensor.ones([]).squeezed().shape == [])
        #expect(Tensor.ones([1, 0]).squeezed().shape == [0])
        expectGradient(by: x) { $0[0].squeezed().exp() }
    }

    @Test func expands() {
        let x = distinctTensor([3, 2])
        let shapes: [Int: Shape] = [0: [1, 3, 2], 1: [3, 1, 2], 2: [3, 2, 1], -1: [3, 2, 1], -3: [1, 3, 2]]
        for (axis, shape) in shapes {
            #expect(x.expandedDimension(at: axis).shape == shape && x.expandedDimension(at: axis).floats == x.floats)
        }
        #expect(Tensor.ones([]).expandedDimension(at: 0).shape == [1])
        expectGradient(by: x) { $0[0].expandedDimension(at: 1).exp() }
    }

    @Test func flattens() {
        let x = distinctTensor([2, 3, 4, 5])
        #expect(x.flattened().shape == [120] && x.flattened(from: 1).shape == [2, 60])
        #expect(x.flattened(from: 1, through: 2).shape == [2, 12, 5] && x.flattened(from: -2).shape == [2, 3, 20])
        #expect(x.flattened(from: 2, through: 2).shape == x.shape && x.flattened(through: 1).shape == [6, 4, 5])
        #expect(Tensor.ones([]).flattened().shape == [1] && Tensor.ones([2, 0]).flattened().shape == [0])
        expectGradient(by: distinctTensor([2, 3])) { $0[0].flattened().exp() }
    }

    @Test func nothingIsCopied() {
        let x = distinctTensor([1, 3, 2])
        for result in [
            x.squeezed(), x.squeezed(axis: 0), x.expandedDimension(at: 1), x.flattened(), x.flattened(from: 1),
            x.transposed(0, 1), x.transposed(1, 1), einsum("aij->ija", x),
        ] {
            #expect(result.memoryIdentity == x.memoryIdentity, "\(result.shape)")
        }
        #expect(x.transposed(1, 2).memoryIdentity != x.memoryIdentity)
    }

    @Test func exchangesTwoAxes() {
        let x = distinctTensor([2, 3, 4])
        expectClose(x.transposed(1, 2), x.transposed([0, 2, 1]), tolerance: 0)
        expectClose(x.transposed(0, -1), x.transposed([2, 1, 0]), tolerance: 0)
        expectGradient(by: x) { $0[0].transposed(-1, 0).exp() }
    }

    @Test(arguments: [0, 1, 2, -1, -2, -3])
    func stacks(_ axis: Int) {
        let parts = (1...3).map { distinctTensor([2, 5], seed: $0) }
        let position = axis < 0 ? axis + 3 : axis
        var shape = [2, 5]
        shape.insert(3, at: position)
        let expected = Tensor.tabulated(Shape(shape)) { index in
            var inner = index
            return parts[inner.remove(at: position)].value(at: inner)
        }
        expectClose(.stacked(parts, axis: axis), expected, tolerance: 0)
        expectGradient(by: parts[0], parts[1]) { .stacked($0, axis: axis) }
        expectSameInBFloat16(parts[0], parts[1]) { .stacked($0, axis: axis) }
    }

    @Test func stacksEveryTypeAndRank() {
        for dataType in DataType.allCases {
            let scalar = Tensor.full([], value: 3, dataType: dataType)
            #expect(Tensor.stacked([scalar, scalar]).scalarsAsFloats(dataType) == [3, 3])
            let result = Tensor.stacked([Tensor.zeros([2, 0, 1, 1, 2], dataType: dataType)], axis: -1)
            #expect(result.shape == [2, 0, 1, 1, 2, 1] && result.dataType == dataType)
        }
    }

    @Test func refusesWhatDoesNotFit() async {
        let (x, y) = (TensorSpecification(shape: [2, 3]), TensorSpecification(shape: [2, 4]))
        #expect(refusal(of: x) { _ = $0[0].squeezed(axis: 1) } == "squeezed: axis 1 of [2, 3] has length 3, not 1")
        #expect(refusal(of: x) { _ = $0[0].squeezed(axis: 2) } == "squeezed: [2, 3] has no axis 2")
        #expect(refusal(of: x) { _ = $0[0].expandedDimension(at: 3) } == "expandedDimension: [2, 3] takes no axis 3")
        #expect(
            refusal(of: x) { _ = $0[0].flattened(from: 1, through: 0) }
                == "flattened: [2, 3] has no axes from 1 through 0")
        #expect(refusal(of: x) { _ = $0[0].transposed(0, 2) } == "transpose: [2, 3] has no axes 0 and 2")
        #expect(
            refusal(of: x, y) { _ = Tensor.stacked($0) } == "stacked: input 1 is float32[2, 4], input 0 float32[2, 3]")
        #expect(refusal(of: x) { _ = Tensor.stacked($0, axis: -4) } == "stacked: [2, 3] takes no axis -4")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.stacked([])
            }, "stacked: no tensors to join")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.ones([2, 3]).squeezed(axis: 0)
            }, "squeezed: axis 0 of [2, 3] has length 2, not 1")
    }
}

extension Tensor {
    /// The values, if they are of this type.
    fileprivate func scalarsAsFloats(_ dataType: DataType) -> [Float]? { self.dataType == dataType ? floats : nil }
}
