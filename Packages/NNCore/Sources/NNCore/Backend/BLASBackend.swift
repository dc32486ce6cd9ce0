import CNNKernels

/// The reference: OpenBLAS for products of matrices, C kernels for the rest. It takes every operation.
///
/// OpenBLAS is opened when the first product is needed. Where there is none, or it calculates wrongly on this
/// processor, loops of our own calculate; see ``notes``.
///
/// A convolution multiplies the windows of some pixels by the filters, reading pixels where they lie. The gradient by the
/// weight lays the windows in rows, few enough that they stay in the cache, for products by OpenBLAS; each thread has
/// pixels of its own. Depthwise convolutions have loops of their own, since their products would have one column.
public struct BLASBackend: Backend {
    public let name = "blas"

    /// The reference backend; all of them share one library, which is opened with the first product.
    public init() {}

    public var details: String {
        guard let library = MatrixMultiplier.shared.library else { return "nnkit's own loops" }
        return library.version + (library.core.map { ", \($0)" } ?? "")
    }

    /// The library's file, who chose its kernels, and what was wrong with it.
    public var notes: [String] { MatrixMultiplier.shared.notes() }

    public func convolution(
        _ input: Tensor, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue
    ) -> Tensor? {
        let window = ConvolutionWindow(
            input: input.shape, weight: weight.shape, geometry: geometry, dataType: input.dataType)
        if window.isDepthwise { return depthwiseConvolution(input, window.depthwiseFilters(weight), window, epilogue) }
        Engine.note(kernel: "implicit product")
        let output = Tensor(uninitialized: window.outputShape)
        WindowConvolution(window, weight: weight, epilogue).run(
            input.cast(to: .float32), residual: epilogue.residual?.cast(to: .float32), into: output)
        return output.cast(to: input.dataType)
    }

    /// Dense convolutions of float32; see ``Backend``.
    public func preparedConvolution(
        of input: TensorSpecification, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue,
        addsResidual: Bool
    ) -> (any PreparedConvolution)? {
        let window = ConvolutionWindow(
            input: input.shape, weight: weight.shape, geometry: geometry, dataType: input.dataType)
        guard input.dataType == .float32, !window.isDepthwise else { return nil }
        return WindowConvolution(window, weight: weight, epilogue)
    }

    private func depthwiseConvolution(
        _ input: Tensor, _ filters: Tensor, _ window: ConvolutionWindow, _ epilogue: ConvolutionEpilogue
    ) -> Tensor {
        Engine.note(kernel: "depthwise")
        let output = Tensor(uninitialized: window.outputShape, dataType: input.dataType)
        var description = window.description(of: input.dataType)
        var kernelEpilogue = epilogue.kernelEpilogue(residual: epilogue.residual)
        nn_depthwise_forward(
            &description, input.unsafePointer, Int64(window.images), filters.floatPointer, &kernelEpilogue,
            output.unsafePointer)
        return output
    }

    public func convolutionInputGradient(
        _ outputGradient: Tensor, weight: Tensor, geometry: ConvolutionGeometry, inputShape: Shape
    ) -> Tensor? {
        let window = ConvolutionWindow(
            input: inputShape, weight: weight.shape, geometry: geometry, dataType: outputGradient.dataType)
        if window.isDepthwise {
            Engine.note(kernel: "depthwise")
            let gradient = Tensor(uninitialized: inputShape, dataType: outputGradient.dataType)
            var description = window.description(of: outputGradient.dataType)
            nn_depthwise_backward_input(
                &description, outputGradient.unsafePointer, Int64(window.images),
                window.depthwiseFilters(weight).floatPointer, gradient.unsafePointer)
            return gradient
        }
        Engine.note(kernel: "implicit product")
        let packed = window.packedFilters(weight, isGradient: true)
        let wide = outputGradient.cast(to: .float32)
        let gradient = Tensor(uninitialized: inputShape)
        var description = window.description(of: .float32)
        nn_convolve_input_gradient(
            &description, Int64(geometry.groups), Int64(window.groupOutputs), Int64(window.images), wide.floatPointer,
            packed.floatPointer, gradient.floatPointer)
        return gradient.cast(to: outputGradient.dataType)
    }

    public func convolutionWeightGradient(
        _ outputGradient: Tensor, input: Tensor, geometry: ConvolutionGeometry, weightShape: Shape
    ) -> Tensor? {
        let window = ConvolutionWindow(
            input: input.shape, weight: weightShape, geometry: geometry, dataType: input.dataType)
        Engine.note(kernel: window.isDepthwise ? "depthwise" : "columns")
        if window.isDepthwise {
            let gradient = Tensor(uninitialized: [window.kernelArea, window.inputs])
            var description = window.description(of: input.dataType)
            nn_depthwise_backward_weight(
                &description, input.unsafePointer, outputGradient.unsafePointer, Int64(window.images),
                gradient.floatPointer)
            return gradient.transposed([1, 0]).reshaped(weightShape)
        }
        let outputGradient = outputGradient.cast(to: .float32)
        // A fixed number of partial sums, added in order, makes the result independent of the threads.
        let parts = 4
        let partials = (0..<parts).map { _ in Tensor.zeros(weightShape) }
        let (from, by, to) = (input.address, outputGradient.address, partials.map(\.address))
        let tile = window.isMatrix ? max(window.outputPixels, 1) : window.tile(columns: window.taps)
        let products = MatrixMultiplier.shared
        for group in 0..<geometry.groups {
            Engine.parallel(parts) { range in
                var description = window.description(group: group, of: input.dataType)
                let columns = window.isMatrix ? nil : Tensor(uninitialized: [tile, window.taps])
                for part in range {
                    let last = window.outputPixels * (part + 1) / parts
                    let sum = to[part].floats + group * window.groupOutputs * window.taps
                    for first in stride(from: window.outputPixels * part / parts, to: last, by: tile) {
                        let count = min(tile, last - first)
                        if let columns {
                            nn_filter_columns(
                                &description, from.raw, Int64(first), Int64(count), columns.floatPointer)
                        }
                        products.multiply(
                            DenseProduct(
                                rows: window.groupOutputs, columns: window.taps, inner: count,
                                left: by.floats + first * window.outputs + group * window.groupOutputs,
                                leftStride: window.outputs, transposesLeft: true,
                                right: columns?.floatPointer ?? from.floats + first * window.taps,
                                rightStride: window.taps, result: sum, resultStride: window.taps, adds: true))
                    }
                }
            }
        }
        let shape: Shape = [weightShape[0], weightShape[2], weightShape[3], weightShape[1]]
        var total = partials[0]
        for partial in partials[1...] { total.add(partial) }
        return total.reshaped(shape).transposed([0, 3, 1, 2])
    }

    public func matrixProduct(_ product: MatrixProduct, left: Tensor, right: Tensor, bias: Tensor?) -> Tensor? {
        let (left, right) = (left.cast(to: .float32), right.cast(to: .float32))
        let (m, n, k) = (product.rows, product.columns, product.inner)
        Engine.note(kernel: MatrixMultiplier.shared.library == nil ? "loops" : "gemm")
        let result = Tensor(uninitialized: [product.batch, m, n])
        guard m > 0, n > 0 else { return result.cast(to: product.dataType) }
        let (from, by, to) = (left.address, right.address, result.address)
        MatrixMultiplier.shared.multiplyOnAllThreads(product.batch) { batch in
            DenseProduct(
                rows: m, columns: n, inner: k, left: from.floats + batch * m * k,
                leftStride: product.transposesLeft ? m : max(k, 1), transposesLeft: product.transposesLeft,
                right: by.floats + batch * k * n, rightStride: product.transposesRight ? max(k, 1) : n,
                transposesRight: product.transposesRight, result: to.floats + batch * m * n, resultStride: n)
        }
        return apply(ConvolutionEpilogue(bias: bias), to: result, dataType: product.dataType)
    }

    /// Adds, activates and converts to the type of the result.
    private func apply(_ epilogue: ConvolutionEpilogue, to output: Tensor, dataType: DataType) -> Tensor {
        var output = output
        if !epilogue.isEmpty {
            let wide = output.cast(to: .float32)
            let channels = output.shape[-1]
            output = ChannelNorm(
                input: wide, residual: epilogue.residual?.cast(to: .float32), activation: epilogue.activation,
                scale: .ones([channels]), shift: epilogue.bias ?? .zeros([channels])
            ).forward()
        }
        return output.cast(to: dataType)
    }
}

/// A dense convolution of float32 with its filters packed.
private struct WindowConvolution: PreparedConvolution {
    let window: ConvolutionWindow
    let packed: Tensor
    let bias: Tensor?
    let activation: Activation

    init(_ window: ConvolutionWindow, weight: Tensor, _ epilogue: ConvolutionEpilogue) {
        self.window = window
        packed = window.packedFilters(weight, isGradient: false)
        bias = epilogue.bias
        activation = epilogue.activation
    }

    func run(_ input: Tensor, residual: Tensor?, into output: Tensor, scratch: UnsafeMutableRawPointer) {
        var description = window.description(of: .float32)
        var epilogue = ConvolutionEpilogue(bias: bias, activation: activation).kernelEpilogue(residual: residual)
        withExtendedLifetime((self, input, residual, output)) {
            nn_convolve(
                &description, Int64(window.geometry.groups), Int64(window.groupOutputs), Int64(window.images),
                input.floatPointer, packed.floatPointer, &epilogue, output.floatPointer)
        }
    }
}
