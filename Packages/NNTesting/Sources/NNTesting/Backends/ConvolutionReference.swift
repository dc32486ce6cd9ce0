import NNCore

/// Sums of products in double precision, each with the sum of its products' magnitudes.
///
/// Rounding can move a sum by a part of the magnitudes. So an element whose products are small is held to a
/// small allowance, however large its neighbours are.
struct ReferenceSums {
    var values: [Double]
    var magnitudes: [Double]

    /// Starts at 0, and lets `body` add.
    init(count: Int, _ body: (Buffers) -> Void = { _ in }) {
        var values = [Double](repeating: 0, count: count)
        var magnitudes = values
        values.withUnsafeMutableBufferPointer { values in
            magnitudes.withUnsafeMutableBufferPointer { magnitudes in
                body(Buffers(values: values, magnitudes: magnitudes))
            }
        }
        self.values = values
        self.magnitudes = magnitudes
    }

    struct Buffers {
        let values: UnsafeMutableBufferPointer<Double>
        let magnitudes: UnsafeMutableBufferPointer<Double>

        /// Adds `factor · matrix[row + k]` to element `first + k`, for `count` of them.
        @inline(__always)
        func add(_ factor: Double, times matrix: UnsafeBufferPointer<Double>, row: Int, count: Int, first: Int) {
            for k in 0..<count {
                let product = factor * matrix[row + k]
                values[first + k] += product
                magnitudes[first + k] += abs(product)
            }
        }
    }
}

/// A convolution and its gradients in plain loops.
///
/// Channels of a pixel lie side by side; filters are laid out as `[tap, group, C / groups, O / groups]`, a matrix
/// for each tap of the window and each group.
struct ConvolutionReference {
    let testCase: ConvolutionCase
    private var groups: Int { testCase.geometry.groups }
    private var inputs: Int { testCase.inputChannels / groups }
    private var outputs: Int { testCase.outputChannels / groups }

    /// `input ⋆ weight`, `[N, OH, OW, O]`.
    func output(input: [Double], weight: [Double]) -> ReferenceSums {
        products(input, weight, towardsInput: false)
    }

    /// The gradient by the input, `[N, H, W, C]`.
    func inputGradient(_ gradient: [Double], weight: [Double]) -> ReferenceSums {
        products(gradient, weight, towardsInput: true)
    }

    /// Each pixel times the matrix of each tap that joins it to a pixel of the other side.
    private func products(_ pixels: [Double], _ weight: [Double], towardsInput: Bool) -> ReferenceSums {
        let groups = groups
        let (from, to) = towardsInput ? (outputs, inputs) : (inputs, outputs)
        let shape = towardsInput ? testCase.inputShape : testCase.outputShape
        return sums(shape.elementCount, pixels, matrices(weight, transposed: towardsInput)) {
            sums, pixels, matrices in
            forEachTap { outputPixel, inputPixel, tap in
                let source = towardsInput ? outputPixel : inputPixel
                let target = towardsInput ? inputPixel : outputPixel
                for group in 0..<groups {
                    for i in 0..<from {
                        sums.add(
                            pixels[(source * groups + group) * from + i], times: matrices,
                            row: ((tap * groups + group) * from + i) * to, count: to,
                            first: (target * groups + group) * to)
                    }
                }
            }
        }
    }

    /// The gradient by the weight, `[O, C / groups, KH, KW]`.
    func weightGradient(_ gradient: [Double], input: [Double]) -> ReferenceSums {
        let (groups, inputs, outputs) = (groups, inputs, outputs)
        let byTap = sums(testCase.weightShape.elementCount, input, gradient) { sums, input, gradient in
            forEachTap { outputPixel, inputPixel, tap in
                for group in 0..<groups {
                    let row = (outputPixel * groups + group) * outputs
                    for i in 0..<inputs {
                        sums.add(
                            input[(inputPixel * groups + group) * inputs + i], times: gradient, row: row,
                            count: outputs,
                            first: ((tap * groups + group) * inputs + i) * outputs)
                    }
                }
            }
        }
        var result = ReferenceSums(count: byTap.values.count)
        forEachWeight { index, tap, group, i, o in
            let from = ((tap * groups + group) * inputs + i) * outputs + o
            result.values[index] = byTap.values[from]
            result.magnitudes[index] = byTap.magnitudes[from]
        }
        return result
    }

    private func sums(
        _ count: Int, _ left: [Double], _ right: [Double],
        _ body: (ReferenceSums.Buffers, UnsafeBufferPointer<Double>, UnsafeBufferPointer<Double>) -> Void
    ) -> ReferenceSums {
        left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                ReferenceSums(count: count) { body($0, left, right) }
            }
        }
    }

    /// Calls `body` for each pixel of the output and each tap of its window that falls into the image.
    @inline(__always)
    private func forEachTap(_ body: (_ outputPixel: Int, _ inputPixel: Int, _ tap: Int) -> Void) {
        let (size, kernel, geometry) = (testCase.size, testCase.kernel, testCase.geometry)
        let output = geometry.outputSize(input: size, kernel: kernel)
        for n in 0..<testCase.images {
            for oy in 0..<output.height {
                for ox in 0..<output.width {
                    for kh in 0..<kernel.height {
                        let y = oy * geometry.strides.height + kh * geometry.dilations.height - geometry.padding.top
                        guard y >= 0, y < size.height else { continue }
                        for kw in 0..<kernel.width {
                            let x = ox * geometry.strides.width + kw * geometry.dilations.width - geometry.padding.left
                            guard x >= 0, x < size.width else { continue }
                            body(
                                (n * output.height + oy) * output.width + ox, (n * size.height + y) * size.width + x,
                                kh * kernel.width + kw)
                        }
                    }
                }
            }
        }
    }

    /// A matrix for each tap and group, of `[C / groups, O / groups]` or its transpose.
    private func matrices(_ weight: [Double], transposed: Bool) -> [Double] {
        var result = [Double](repeating: 0, count: weight.count)
        let (groups, inputs, outputs) = (groups, inputs, outputs)
        forEachWeight { index, tap, group, i, o in
            let inMatrix = transposed ? o * inputs + i : i * outputs + o
            result[(tap * groups + group) * inputs * outputs + inMatrix] = weight[index]
        }
        return result
    }

    /// Calls `body` for each index into `[O, C / groups, KH, KW]`, with the channels counted within their group.
    private func forEachWeight(_ body: (_ index: Int, _ tap: Int, _ group: Int, _ i: Int, _ o: Int) -> Void) {
        var index = 0
        for o in 0..<testCase.outputChannels {
            for i in 0..<inputs {
                for tap in 0..<testCase.kernel.area {
                    body(index, tap, o / outputs, i, o % outputs)
                    index += 1
                }
            }
        }
    }
}
