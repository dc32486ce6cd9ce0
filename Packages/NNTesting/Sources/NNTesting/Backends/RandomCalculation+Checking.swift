import Foundation
import NNCore

extension RandomCalculation {
    /// Calculates it by a backend and by plain loops.
    ///
    /// The tolerance follows from the sum of the magnitudes of what is added: the backend may add in any order in
    /// float32, and round the result to its type.
    @_spi(Testing) public func check(_ backend: any Backend) -> Outcome {
        switch kind {
        case .product: checkProduct(backend)
        case .convolution: checkForward(backend)
        case .inputGradient, .weightGradient: checkGradient(backend)
        }
    }

    /// Calculates a convolution without a bias, a residual and an activation, or a gradient of it, by a backend and by
    /// another one that is known to be right: large ones take plain loops too long.
    @_spi(Testing) public func check(_ backend: any Backend, against reference: any Backend) -> Outcome {
        require(kind != .product && !hasBias && !hasResidual && activation == .identity, "RandomCalculation: \(self)")
        let first = kind == .convolution || kind == .weightGradient ? values(input, 1, dataType) : nil
        let filters = kind == .weightGradient ? nil : values(weight, 2, .float32)
        let gradient = kind == .convolution ? nil : values(outputShape, 5, dataType)
        func calculate(_ backend: any Backend, _ convert: (Tensor) -> Tensor) -> Tensor? {
            switch kind {
            case .inputGradient:
                backend.convolutionInputGradient(
                    convert(gradient!), weight: convert(filters!), geometry: geometry, inputShape: input)
            case .weightGradient:
                backend.convolutionWeightGradient(
                    convert(gradient!), input: convert(first!), geometry: geometry, weightShape: weight)
            default:
                backend.convolution(
                    convert(first!), weight: convert(filters!), geometry: geometry, epilogue: ConvolutionEpilogue())
            }
        }
        guard let result = calculate(backend, { $0 }) else { return .declined }
        guard let exact = calculate(reference, { $0.cast(to: .float32) })?.floats,
            let magnitude = calculate(reference, { $0.cast(to: .float32).abs() })?.floats
        else { return .wrong("\(self): the reference left it to another backend") }
        let (shape, type): (Shape, DataType) =
            switch kind {
            case .inputGradient: (input, dataType)
            case .weightGradient: (weight, .float32)
            default: (outputShape, dataType)
            }
        return compare(result, shape, type) { (Double(exact[$0]), 8e-6 * Double(magnitude[$0])) }
    }

    private func checkForward(_ backend: any Backend) -> Outcome {
        let (x, w) = (values(input, 1, dataType), values(weight, 2, .float32))
        let bias = hasBias ? values([weight[0]], 3, .float32) : nil
        let residual = hasResidual ? values(outputShape, 4, dataType) : nil
        let epilogue = ConvolutionEpilogue(bias: bias, residual: residual, activation: activation)
        guard let result = backend.convolution(x, weight: w, geometry: geometry, epilogue: epilogue) else {
            return .declined
        }
        var sums = Sums(count: outputShape.elementCount)
        let (input, weight) = (x.floats, w.floats)
        forEachRun { output, from, tap, count in
            for channel in 0..<count { sums.add(input[from + channel], weight[tap + channel * windowArea], to: output) }
        }
        let (biases, residuals) = (bias?.floats, residual?.floats)
        var steepness = 1.2
        if case .leakyReLU(let slope) = activation { steepness = max(1, Double(abs(slope))) }
        return compare(result, outputShape, dataType) { index in
            let bias = Double(biases?[index % self.weight[0]] ?? 0)
            let residual = Double(residuals?[index] ?? 0)
            let plain = sums.sum[index] + bias
            let exact = plain + residual
            let magnitude = sums.magnitude[index] + abs(bias) + abs(residual)
            let value = ReferenceActivation.value(activation, exact)
            // Approximations of exponentials, and rounding before a residual is added.
            let approximation = activation == .identity ? 0 : 3e-5 * (1 + abs(value))
            let rounding = dataType == .bfloat16 && hasResidual ? abs(plain) / 256 : 0
            return (value, steepness * (4e-6 * magnitude + rounding) + approximation)
        }
    }

    private func checkGradient(_ backend: any Backend) -> Outcome {
        let g = values(outputShape, 5, dataType)
        let gradient = g.floats
        if kind == .inputGradient {
            let w = values(weight, 2, .float32)
            guard
                let result = backend.convolutionInputGradient(
                    g, weight: w, geometry: geometry, inputShape: input)
            else { return .declined }
            var sums = Sums(count: input.elementCount)
            let weight = w.floats
            forEachRun { output, from, tap, count in
                let value = gradient[output]
                for channel in 0..<count { sums.add(value, weight[tap + channel * windowArea], to: from + channel) }
            }
            return compare(result, input, dataType) { (sums.sum[$0], 4e-6 * sums.magnitude[$0]) }
        }
        let x = values(input, 1, dataType)
        guard
            let result = backend.convolutionWeightGradient(g, input: x, geometry: geometry, weightShape: weight)
        else { return .declined }
        var sums = Sums(count: weight.elementCount)
        let values = x.floats
        forEachRun { output, from, tap, count in
            let value = gradient[output]
            for channel in 0..<count { sums.add(value, values[from + channel], to: tap + channel * windowArea) }
        }
        return compare(result, weight, .float32) { (sums.sum[$0], 4e-6 * sums.magnitude[$0]) }
    }

    private func checkProduct(_ backend: any Backend) -> Outcome {
        let (b, m, n, k) = (product.batch, product.rows, product.columns, product.inner)
        let left = values(Shape(product.transposesLeft ? [b, k, m] : [b, m, k]), 1, dataType)
        let right = values(Shape(product.transposesRight ? [b, n, k] : [b, k, n]), 2, dataType)
        let bias = hasBias ? values([n], 3, .float32) : nil
        guard let result = backend.matrixProduct(product, left: left, right: right, bias: bias) else {
            return .declined
        }
        var sums = Sums(count: b * m * n)
        let (x, y) = (left.floats, right.floats)
        for index in 0..<b * m * n {
            let (batch, row, column) = (index / (m * n), index / n % m, index % n)
            for inner in 0..<k {
                sums.add(
                    x[batch * m * k + (product.transposesLeft ? inner * m + row : row * k + inner)],
                    y[batch * k * n + (product.transposesRight ? column * k + inner : inner * n + column)], to: index)
            }
        }
        let biases = bias?.floats
        return compare(result, Shape([b, m, n]), dataType) { index in
            let added = Double(biases?[index % n] ?? 0)
            return (sums.sum[index] + added, 4e-6 * (sums.magnitude[index] + abs(added)))
        }
    }

    /// Sums of products, and of their magnitudes.
    private struct Sums {
        var sum: [Double]
        var magnitude: [Double]

        init(count: Int) {
            sum = [Double](repeating: 0, count: count)
            magnitude = sum
        }

        @inline(__always) mutating func add(_ a: Float, _ b: Float, to index: Int) {
            let product = Double(a) * Double(b)
            sum[index] += product
            magnitude[index] += abs(product)
        }
    }

    private var windowArea: Int { weight[2] * weight[3] }

    /// Calls `body` for each tap of each output: the output, the first of the group's input values and of the filter's
    /// weights there, and the number of channels. Weights of neighbouring channels are `windowArea` apart.
    private func forEachRun(_ body: (_ output: Int, _ input: Int, _ weight: Int, _ channels: Int) -> Void) {
        let (output, height, width, inputs) = (outputShape, input[1], input[2], input[3])
        let (outputs, groupInputs, groupOutputs) = (weight[0], weight[1], weight[0] / geometry.groups)
        for pixel in 0..<output[0] * output[1] * output[2] {
            let (image, row, column) = (
                pixel / (output[1] * output[2]), pixel / output[2] % output[1], pixel % output[2]
            )
            for tap in 0..<windowArea {
                let y =
                    row * geometry.strides.height + tap / weight[3] * geometry.dilations.height - geometry.padding.top
                let x =
                    column * geometry.strides.width + tap % weight[3] * geometry.dilations.width - geometry.padding.left
                guard y >= 0, y < height, x >= 0, x < width else { continue }
                let position = ((image * height + y) * width + x) * inputs
                for filter in 0..<outputs {
                    body(
                        pixel * outputs + filter, position + filter / groupOutputs * groupInputs,
                        filter * groupInputs * windowArea + tap, groupInputs)
                }
            }
        }
    }

    private func compare(
        _ result: Tensor, _ shape: Shape, _ type: DataType, _ expected: (Int) -> (value: Double, tolerance: Double)
    ) -> Outcome {
        guard result.shape == shape, result.dataType == type else {
            return .wrong("\(self): a result \(result.dataType)\(result.shape), not \(type)\(shape)")
        }
        var (wrong, worst, first) = (0, 0.0, "")
        for (index, value) in result.floats.enumerated() {
            var (exact, tolerance) = expected(index)
            tolerance += type == .bfloat16 ? abs(exact) / 250 + 1e-30 : abs(exact) * 1e-6 + 1e-30
            let difference = abs(Double(value) - exact)
            // NaN compares as neither smaller nor larger, so the negation finds it.
            guard !(difference <= tolerance) else { continue }
            if wrong == 0 { first = "\(value) at \(index), not \(Float(exact))" }
            wrong += 1
            worst = max(worst, difference)
        }
        return wrong == 0 ? .agrees : .wrong("\(self): \(wrong) of \(shape.elementCount) values are wrong: \(first)")
    }
}
