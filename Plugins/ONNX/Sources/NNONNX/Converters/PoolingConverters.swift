import NNLayers

extension ONNXConverter {
    static let poolings: [String: ONNXConverter] = [
        "maxPool": maxPool, "averagePool": averagePool, "maxUnpool": maxUnpool, "globalAveragePool": globalAveragePool,
        "adaptiveAveragePool": adaptiveAveragePool, "resize": resize,
    ]

    private static func window(_ step: ONNXStep) throws -> [String: ONNXAttribute] {
        [
            "kernel_shape": .ints(try step.ints("kernel")), "strides": .ints(try step.ints("strides")),
            "pads": .ints(try step.ints("padding")), "ceil_mode": .int(try step.bool("ceil_mode") ? 1 : 0),
        ]
    }

    private static let maxPool = Self { step, graph in
        var attributes = try window(step)
        attributes["dilations"] = .ints(try step.ints("dilations"))
        let input = graph.name(of: step.inputs[0], in: ONNXValue.imageOrder)
        guard try step.bool("gives_indices") else {
            return [step.result(graph.add("MaxPool", [input], attributes), order: ONNXValue.imageOrder)]
        }
        // ONNX counts positions through the whole batch, the network in each channel of each image.
        let names = graph.add("MaxPool", [input], attributes, outputCount: 2)
        let shape = step.inputs[0].shape
        let positions = graph.add("Mod", [names[1], try graph.product([shape[1], shape[2]], for: step.operation)])
        let type = ["to": ONNXAttribute.int(DataType.int32.messageType.rawValue)]
        return [
            step.result(names[0], order: ONNXValue.imageOrder),
            step.result(graph.add("Cast", [positions], type), order: ONNXValue.imageOrder, output: 1),
        ]
    }

    private static let averagePool = Self { step, graph in
        var attributes = try window(step)
        var input = graph.name(of: step.inputs[0], in: ONNXValue.imageOrder)
        let padding = try step.ints("padding")
        let countsPadding = try step.bool("counts_padding") && padding != [0, 0, 0, 0]
        if countsPadding, try step.bool("ceil_mode") {
            // Real zeros, because programs differ in what they count behind the padding. A window that begins in
            // those of the end is none of the network's, but would be one of the file's.
            let (kernel, strides) = (try step.ints("kernel"), try step.ints("strides"))
            for axis in 0..<2 where padding[axis + 2] > 0 && strides[axis] > kernel[axis] - padding[axis + 2] {
                throw ONNXExportError(
                    "an average pooling in ceil mode that counts its padding and moves by \(strides[axis]) pixels "
                        + "cannot be written; use smaller strides, or leave the padding uncounted")
            }
            let pads = graph.integers([0, 0] + padding[..<2] + [0, 0] + padding[2...])
            input = graph.add("Pad", [input, pads, graph.number(0)])
            attributes["pads"] = .ints([0, 0, 0, 0])
        } else {
            attributes["count_include_pad"] = .int(countsPadding ? 1 : 0)
        }
        return [step.result(graph.add("AveragePool", [input], attributes), order: ONNXValue.imageOrder)]
    }

    /// Written as a scatter, because ONNX's own operator wants positions that count through the whole batch.
    private static let maxUnpool = Self { step, graph in
        let output = step.shape()
        let area = try graph.product([output[1], output[2]], for: step.operation)
        let lines = graph.integers([0, 0, -1])
        let (values, positions) = (
            graph.add("Reshape", [graph.name(of: step.inputs[0], in: ONNXValue.imageOrder), lines]),
            graph.add("Reshape", [graph.name(of: step.inputs[1], in: ONNXValue.imageOrder), lines])
        )
        let channels = try graph.lengths([output[0], output[3]], for: step.operation)
        let zeros = graph.add("ConstantOfShape", [graph.add("Concat", [channels, area], ["axis": .int(0)])])
        let scattered = graph.add("ScatterElements", [zeros, positions, values], ["axis": .int(2)])
        let shape = try graph.lengths(ONNXValue.imageOrder.map { output[$0] }, for: step.operation)
        return [step.result(graph.add("Reshape", [scattered, shape]), order: ONNXValue.imageOrder)]
    }

    private static let globalAveragePool = Self { step, graph in
        let pooled = graph.add("GlobalAveragePool", [graph.name(of: step.inputs[0], in: ONNXValue.imageOrder)])
        let result = graph.add("Flatten", [pooled], ["axis": .int(1)])
        // Where the axes are put back, the node before is meant.
        _ = graph.shared("unsqueezed \(result) \([2, 3])") { pooled }
        return [step.result(result)]
    }

    private static let resize = Self { step, graph in
        let input = step.inputs[0]
        let name = graph.name(of: input, in: ONNXValue.imageOrder)
        let output = ONNXValue.imageOrder.map { step.shape()[$0] }
        var attributes: [String: ONNXAttribute]
        if try step.text("method") == "nearest" {
            attributes = [
                "mode": .text("nearest"), "coordinate_transformation_mode": .text("asymmetric"),
                "nearest_mode": .text("floor"),
            ]
        } else {
            let mode = try step.bool("aligns_corners") ? "align_corners" : "half_pixel"
            attributes = ["mode": .text("linear"), "coordinate_transformation_mode": .text(mode)]
        }
        let operands: [String]
        if let rows = input.shape[1].factor(to: output[2]), let columns = input.shape[2].factor(to: output[3]) {
            let factors = graph.shared("factors \(rows) \(columns)") {
                graph.initializer(Tensor([1, 1, Float(rows), Float(columns)]), name: "factors_\(rows)x\(columns)")
            }
            operands = [name, "", factors]
        } else {
            operands = [name, "", "", try graph.lengths(output, for: step.operation)]
        }
        return [step.result(graph.add("Resize", operands, attributes), order: ONNXValue.imageOrder)]
    }
}
