import NNCore
import Testing

@Suite struct MaxPoolTests {
    static let cases =
        WindowCase.common + [
            WindowCase(kernel: 3, strides: 1, padding: 1, dilations: 2),
            WindowCase(kernel: 2, strides: 2, padding: 1, dilations: Size(height: 3, width: 2), ceilMode: true),
            WindowCase(size: 18, channels: 2, kernel: 17, strides: 1, padding: 3),
        ]

    @Test(arguments: cases)
    func valuesIndicesAndGradients(_ window: WindowCase) {
        let x = distinctTensor([2, window.size.height, window.size.width, window.channels]).requiringGradient()
        let (values, indices) = pooledWithIndices(x, window)
        let reference = Reference(x, window)
        expectClose(values, reference.values, tolerance: 0)
        #expect(indices.scalars(as: Int32.self) == reference.indices)
        let plain = pooled(x, window)
        expectClose(plain, reference.values, tolerance: 0)
        expectClose(pooled(x.detached, window), reference.values, tolerance: 0)

        let gradient = distinctTensor(values.shape, seed: 2)
        let expected = reference.gradient(gradient)
        expectClose(values.backward(gradient: gradient)[x]!, expected, tolerance: 1e-6)
        expectClose(plain.backward(gradient: gradient)[x]!, expected, tolerance: 1e-6)
    }

    @Test(arguments: cases)
    func bfloat16(_ window: WindowCase) {
        let x = distinctTensor([2, window.size.height, window.size.width, window.channels])
        expectSameInBFloat16(x) { pooled($0[0], window) }
        expectSameInBFloat16(x) { pooledWithIndices($0[0], window).values }
    }

    @Test func gradientAgainstDifferences() {
        expectGradient(by: distinctTensor([1, 5, 4, 2])) { $0[0].maxPooled(kernel: 3, strides: 2, padding: 1) }
    }

    @Test func firstOfEqualValuesCounts() {
        let indices = Tensor.zeros([1, 2, 2, 1]).maxPooledWithIndices(kernel: 2).indices
        #expect(indices.scalars(as: Int32.self) == [0])
    }

    @Test(arguments: [1, 40])
    func notANumberAndInfinity(_ channels: Int) {
        var x = Tensor.full([1, 4, 4, channels], value: -.infinity)
        let (values, indices) = x.maxPooledWithIndices(kernel: 2)
        #expect(values.floats.allSatisfy { $0 == -.infinity })
        #expect(indices.scalars(as: Int32.self).first == 0)
        x.withMutableScalars(as: Float.self) { $0[channels] = .nan }
        #expect(x.maxPooled(kernel: 2).floats[0].isNaN)
        #expect(x.maxPooledWithIndices(kernel: 2).indices.scalars(as: Int32.self)[0] == 1)
    }

    /// Its maximum would be none of the pixels, and its index outside of the image.
    @Test func refusesWindowsInThePaddingOnly() {
        let pixel = TensorSpecification(shape: [1, 1, 1, 1])
        let message = refusal(of: pixel) { _ = $0[0].maxPooled(kernel: 2, strides: 1, padding: 2, dilations: 4) }
        #expect(message == "maxPool: a window of 5x5 lies between the pixels of 1x1 without meeting one")
    }

    @Test func refusesWhatDoesNotFit() {
        let image = TensorSpecification(shape: [1, 4, 4, 3])
        #expect(
            refusal(of: image) { _ = $0[0].maxPooled(kernel: 5) } == "maxPool: a window of 5x5 does not fit into 4x4")
        #expect(refusal(of: image) { _ = $0[0].maxPooled(kernel: 3, padding: 2) }?.contains("padding") == true)
        #expect(refusal(of: image) { _ = $0[0].maxPooled(kernel: 2, strides: 0) }?.contains("positive") == true)
        let matrix = TensorSpecification(shape: [4, 4])
        #expect(refusal(of: matrix) { _ = $0[0].maxPooled(kernel: 2) }?.contains("[N, H, W, C]") == true)
    }

    private func pooled(_ x: Tensor, _ w: WindowCase) -> Tensor {
        x.maxPooled(
            kernel: w.kernel, strides: w.strides, padding: w.padding, dilations: w.dilations, ceilMode: w.ceilMode)
    }

    private func pooledWithIndices(_ x: Tensor, _ w: WindowCase) -> (values: Tensor, indices: Tensor) {
        x.maxPooledWithIndices(
            kernel: w.kernel, strides: w.strides, padding: w.padding, dilations: w.dilations, ceilMode: w.ceilMode)
    }
}

/// Max pooling in plain loops.
private struct Reference {
    let inputShape: Shape
    let values: Tensor
    let indices: [Int32]

    init(_ x: Tensor, _ window: WindowCase) {
        inputShape = x.shape
        let input = x.floats
        let strides = x.shape.strides
        let size = window.outputSize
        let shape: Shape = [x.shape[0], size.height, size.width, x.shape[3]]
        var values: [Float] = []
        var places: [Int32] = []
        for index in NNCoreTests.indices(of: shape) {
            var best = -Float.infinity
            var place: Int32 = -1
            for (y, x) in window.pixels(under: index[1], index[2]) {
                let value = input[index[0] * strides[0] + y * strides[1] + x * strides[2] + index[3]]
                if value > best || place < 0 { (best, place) = (value, Int32(y * window.size.width + x)) }
            }
            values.append(best)
            places.append(place)
        }
        self.values = Tensor(values, shape: shape)
        indices = places
    }

    func gradient(_ gradient: Tensor) -> Tensor {
        var result = [Float](repeating: 0, count: inputShape.elementCount)
        let channels = inputShape[3]
        for (number, value) in gradient.floats.enumerated() {
            let image = number / (gradient.elementCount / inputShape[0])
            result[(image * inputShape[1] * inputShape[2] + Int(indices[number])) * channels + number % channels] +=
                value
        }
        return Tensor(result, shape: inputShape)
    }
}
