import NNLayers

extension ONNXConverter {
    /// Quantized convolutions as those of float32 between QuantizeLinear and DequantizeLinear, which ONNX Runtime joins to
    /// integer operators where the result is rounded, too.
    static let quantized: [String: ONNXConverter] = ["conv2d_int8": quantizedConvolution]

    /// Inputs: images, filters as bytes, their scales, the bias, then a residual where there is one.
    private static let quantizedConvolution = Self { step, graph in
        let scale = try step.float("scale")
        let images = graph.rounded(step.inputs[0], scale: scale, zeroPoint: try step.int("zero_point"))
        guard let bytes = step.inputs[1].constant, let scales = step.inputs[2].constant,
            let bias = step.inputs[3].constant
        else { throw ONNXExportError("a quantized convolution whose weight is not constant cannot be written") }
        let weight = graph.dequantizedWeight(bytes, scales: scales, shape: step.inputs[1].shape)
        let sums = graph.dequantizedBias(bias, scales: scales, imageScale: scale, shape: step.inputs[3].shape)
        let plain = ONNXStep(
            operation: "conv2d", inputs: [images, weight], outputShapes: step.outputShapes,
            outputTypes: step.outputTypes, attributes: step.attributes)
        var result = try ConvolutionCall(plain).write(to: graph, [weight, sums])
        if step.inputs.count > 4 {
            let residual = graph.rounded(
                step.inputs[4], scale: try step.float("residual_scale"),
                zeroPoint: try step.int("residual_zero_point"))
            result = graph.add("Add", [result, graph.name(of: residual)])
        }
        let activation = try step.text("activation")
        guard activation != "identity" else { return [step.result(result, order: ONNXValue.imageOrder)] }
        guard let converter = elementFunctions[activation] else {
            throw ONNXExportError("the activation '\(activation)' of a quantized convolution has no converter")
        }
        let activated = ONNXStep(
            operation: activation, inputs: [step.result(result, order: ONNXValue.imageOrder)],
            outputShapes: step.outputShapes, outputTypes: step.outputTypes, attributes: step.attributes)
        return try converter.convert(activated, graph)
    }
}

extension ONNXGraph {
    /// Images or a residual, rounded to bytes and back; once for all that read them.
    fileprivate func rounded(_ value: ONNXValue, scale: Float, zeroPoint: Int) -> ONNXValue {
        let plain = name(of: value, in: ONNXValue.imageOrder)
        let result = shared("rounded \(plain) \(scale.bitPattern) \(zeroPoint)") {
            let zero = shared("byte \(zeroPoint)") {
                initializer(Tensor(scalar: UInt8(zeroPoint)), name: "uint8_\(zeroPoint)")
            }
            let operands = [number(scale), zero]
            return add("DequantizeLinear", [add("QuantizeLinear", [plain] + operands)] + operands)
        }
        return ONNXValue(
            source: .computed(result), shape: value.shape, dataType: .float32, order: ONNXValue.imageOrder)
    }

    /// A weight of signed bytes with a scale for each output channel.
    fileprivate func dequantizedWeight(_ bytes: Tensor, scales: Tensor, shape: [TracedLength]) -> ONNXValue {
        let name = parameterName(of: bytes) ?? "weight_int8"
        let weight = signedInitializer(bytes, name: name)
        let zeros = signedInitializer(.full([bytes.shape[0]], value: 128, dataType: .uint8), name: name + "_zero_point")
        let result = add(
            "DequantizeLinear", [weight, initializer(scales, name: name + "_scale"), zeros], ["axis": .int(0)])
        return ONNXValue(
            source: .computed(result), shape: shape, dataType: .float32,
            order: ONNXValue.plainOrder(rank: shape.count))
    }

    /// A bias in units of the sums.
    fileprivate func dequantizedBias(
        _ bias: Tensor, scales: Tensor, imageScale: Float, shape: [TracedLength]
    ) -> ONNXValue {
        let units = Tensor(scales.floats.map { $0 * imageScale })
        let result = add(
            "DequantizeLinear", [initializer(bias, name: "bias_int32"), initializer(units, name: "bias_scale")],
            ["axis": .int(0)])
        return ONNXValue(source: .computed(result), shape: shape, dataType: .float32, order: [0])
    }
}
