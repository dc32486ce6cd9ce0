import NNLayers

extension ONNXConverter {
    static let convolutions: [String: ONNXConverter] = [
        "conv2d": Self { step, graph in
            let call = ConvolutionCall(step)
            return [step.result(try call.write(to: graph, call.operands), order: ONNXValue.imageOrder)]
        },
        "conv_transposed2d": Self { step, graph in
            let call = ConvolutionCall(step)
            return [step.result(try call.write(to: graph, call.operands), order: ONNXValue.imageOrder)]
        },
    ]
}

/// A convolution or transposed convolution that is to be written, with its own weights or with folded ones.
struct ConvolutionCall {
    let step: ONNXStep

    init(_ step: ONNXStep) { self.step = step }

    /// A convolution whose normalization takes its place.
    init(_ folded: ONNXStep.FoldedConvolution) {
        step = ONNXStep(
            operation: folded.operation, inputs: folded.inputs, outputShapes: [folded.outputShape],
            outputTypes: [.float32], attributes: folded.attributes)
    }

    private var isTransposed: Bool { step.operation == "conv_transposed2d" }

    /// The weight, and the bias where there is one.
    var operands: [ONNXValue] { Array(step.inputs[1...]) }

    /// - Returns: The name of the result, `[N, C, H, W]`.
    func write(to graph: ONNXGraph, _ operands: [ONNXValue]) throws -> String {
        let weight = operands[0].shape
        var attributes: [String: ONNXAttribute] = [
            "strides": .ints(try step.ints("strides")), "dilations": .ints(try step.ints("dilations")),
            "group": .int(try step.int("groups")), "kernel_shape": .ints(weight[2...].compactMap(\.fixed)),
        ]
        if let padding = try? step.ints("padding") {
            attributes["pads"] = .ints(padding)
        } else {
            // What keeps the size divided by the stride depends on the size, and has a name of its own.
            guard !isTransposed, try pads(asFor: .same) else {
                throw SizeDependence("the padding of a convolution changes with the images")
            }
            attributes["auto_pad"] = .text("SAME_UPPER")
        }
        if isTransposed { attributes["output_padding"] = .ints(try step.ints("output_padding")) }
        let images = graph.name(of: step.inputs[0], in: ONNXValue.imageOrder)
        return graph.add(
            isTransposed ? "ConvTranspose" : "Conv", [images] + operands.map { graph.name(of: $0) }, attributes)
    }

    /// Whether the padding is that of a rule, at every size.
    private func pads(asFor padding: Padding) throws -> Bool {
        let (input, weight) = (step.inputs[0].shape, step.inputs[1].shape)
        let (strides, dilations) = (try step.ints("strides"), try step.ints("dilations"))
        guard dilations == [1, 1] else { return false }
        let found = try step.lengths("padding")
        return found[0].lengths.indices.allSatisfy { trace in
            let insets = padding.insets(
                input: Size(height: input[1].lengths[trace], width: input[2].lengths[trace]),
                kernel: Size(height: weight[2].lengths[trace], width: weight[3].lengths[trace]),
                strides: Size(height: strides[0], width: strides[1]), dilations: 1)
            return found.map { $0.lengths[trace] } == [insets.top, insets.left, insets.bottom, insets.right]
        }
    }

    /// Writes the convolution with a normalization in its weights.
    /// - Parameter factors: One for each output channel, and what is added after it.
    func write(to graph: ONNXGraph, factors: [Float], summands: [Float]) throws -> String {
        guard let weight = operands[0].constant, operands.count < 2 || operands[1].constant != nil else {
            throw ONNXExportError("a convolution whose weight is not constant cannot be folded")
        }
        let bias = operands.count > 1 ? operands[1].constant?.floats : nil
        let scales = Tensor(isTransposed ? try transposedFactors(factors, weight.shape) : factors)
        let columns = isTransposed ? weight.shape[1] : 1
        let folded = withoutGradients { weight * scales.reshaped([weight.shape[0], columns, 1, 1]) }
        let sums = factors.indices.map { (bias?[$0] ?? 0) * factors[$0] + summands[$0] }
        let name = graph.parameterName(of: weight)
        let names = [
            graph.initializer(folded, name: name),
            graph.initializer(Tensor(sums), name: name.map { biasName(besideWeight: $0) }),
        ]
        let values = zip(names, [folded.shape, [sums.count]]).map { name, shape in
            ONNXValue(
                source: .computed(name), shape: shape.map { TracedLength([$0]) }, dataType: .float32,
                order: ONNXValue.plainOrder(rank: shape.count))
        }
        return try write(to: graph, values)
    }

    /// A factor for each filter of a transposed convolution, whose weight is `[I, O / groups, H, W]`.
    private func transposedFactors(_ factors: [Float], _ weight: Shape) throws -> [Float] {
        let inputs = weight[0] / (try step.int("groups"))
        return (0..<weight[0]).flatMap { input in factors[(input / inputs * weight[1])...].prefix(weight[1]) }
    }

    private func biasName(besideWeight name: String) -> String {
        name.hasSuffix("weight") ? name.dropLast("weight".count) + "bias" : name + ".bias"
    }
}
