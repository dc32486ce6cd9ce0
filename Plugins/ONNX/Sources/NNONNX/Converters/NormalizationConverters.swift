import NNLayers

extension ONNXConverter {
    static let normalizations: [String: ONNXConverter] = ["batch_norm": batchNorm, "layerNorm": layerNorm]

    /// Inputs: x, scale, offset, then a residual where there is one, then mean and variance.
    private static let batchNorm = Self { step, graph in
        guard try !step.bool("uses_batch_statistics") else {
            throw ONNXExportError(
                "a batch normalization takes its statistics from the batch, in inference too; a file cannot")
        }
        let hasResidual = try step.bool("has_residual")
        let input = step.inputs[0]
        let vectors = [step.inputs[1], step.inputs[2]] + step.inputs.suffix(2)
        var order = ONNXValue.imageOrder
        var result: String
        if let folded = step.folded {
            let values = vectors.compactMap { $0.constant?.floats }
            let epsilon = try step.float("epsilon")
            let factors = zip(values[0], values[3]).map { $0 / ($1 + epsilon).squareRoot() }
            let summands = factors.indices.map { values[1][$0] - values[2][$0] * factors[$0] }
            result = try ConvolutionCall(folded).write(to: graph, factors: factors, summands: summands)
        } else {
            // Channels come second.
            order =
                input.rank == 4
                ? order : [0] + (input.rank > 1 ? [input.rank - 1] : []) + Array(1..<max(input.rank - 1, 1))
            let names = [graph.name(of: input, in: order)] + vectors.map { graph.name(of: $0) }
            result = graph.add("BatchNormalization", names, ["epsilon": .float(try step.float("epsilon"))])
        }
        if hasResidual { result = graph.add("Add", [result, graph.name(of: step.inputs[3], in: order)]) }
        let activation = try step.text("activation")
        if activation != "identity" {
            guard let converter = elementFunctions[activation] else {
                throw ONNXExportError("the activation '\(activation)' of a batch normalization has no converter")
            }
            let normalized = step.result(result, order: order)
            let activated = ONNXStep(
                operation: activation, inputs: [normalized], outputShapes: step.outputShapes,
                outputTypes: step.outputTypes, attributes: step.attributes)
            return try converter.convert(activated, graph) + vectors[2...]
        }
        return [step.result(result, order: order)] + vectors[2...]
    }

    private static let layerNorm = Self { step, graph in
        let (input, scale) = (step.inputs[0], step.inputs[1])
        let epsilon = try step.float("epsilon")
        guard scale.rank == 1, input.position(of: -1) != input.rank - 1 else {
            let plain = ONNXValue.plainOrder(rank: input.rank)
            let names = [graph.name(of: input, in: plain)] + step.inputs[1...].map { graph.name(of: $0) }
            let result = graph.add(
                "LayerNormalization", names, ["axis": .int(-scale.rank), "epsilon": .float(epsilon)])
            return [step.result(result)]
        }
        // ONNX normalizes the last axes only. For channels that come second these steps cost less than to
        // transpose images there and back.
        let axes = [input.position(of: -1)]
        let name = graph.name(of: input)
        let distances = graph.add("Sub", [name, graph.reduce("ReduceMean", name, axes: axes, keepsDimensions: true)])
        let variance = graph.reduce(
            "ReduceMean", graph.add("Mul", [distances, distances]), axes: axes, keepsDimensions: true)
        let deviation = graph.add("Sqrt", [graph.add("Add", [variance, graph.number(epsilon)])])
        var result = graph.add("Div", [distances, deviation])
        for (type, vector) in zip(["Mul", "Add"], step.inputs[1...]) {
            let operands = graph.broadcast([step.result(result, order: input.order), vector])
            result = graph.add(type, operands.names)
        }
        return [step.result(result, order: input.order)]
    }
}
