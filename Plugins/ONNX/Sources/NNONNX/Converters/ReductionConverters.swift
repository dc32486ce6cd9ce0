import NNLayers

extension ONNXConverter {
    static let reductions: [String: ONNXConverter] = {
        var table: [String: ONNXConverter] = [
            "sum": reduction("ReduceSum"), "mean": reduction("ReduceMean"), "product": reduction("ReduceProd"),
        ]
        for (name, type) in ["softmax": "Softmax", "logSoftmax": "LogSoftmax"] {
            table[name] = elementwise { input, step, graph in
                graph.add(type, [input], ["axis": .int(step.inputs[0].position(of: try step.int("axis")))])
            }
        }
        table["argmax"] = Self { step, graph in
            let (input, axis) = (step.inputs[0], try step.int("axis"))
            let indices = graph.add(
                "ArgMax", [graph.name(of: input)], ["axis": .int(input.position(of: axis)), "keepdims": .int(0)])
            let result = graph.add("Cast", [indices], ["to": .int(DataType.int32.messageType.rawValue)])
            return [step.result(result, order: input.order(without: [axis]))]
        }
        // All of a line in order; of equal elements TopK takes the one with the lower index first, too.
        table["argsort"] = Self { step, graph in
            let (input, axis) = (step.inputs[0], try step.int("axis"))
            let length = input.shape[axis < 0 ? axis + input.rank : axis]
            let names = graph.add(
                "TopK", [graph.name(of: input), try graph.lengths([length], for: step.operation)],
                [
                    "axis": .int(input.position(of: axis)), "largest": .int(try step.bool("descending") ? 1 : 0),
                    "sorted": .int(1),
                ], outputCount: 2)
            let indices = graph.add("Cast", [names[1]], ["to": .int(DataType.int32.messageType.rawValue)])
            return [step.result(indices, order: input.order)]
        }
        table["cumulativeSum"] = elementwise { input, step, graph in
            let value = step.inputs[0]
            let type = step.outputTypes[0]
            let terms =
                value.dataType == type ? input : graph.add("Cast", [input], ["to": .int(type.messageType.rawValue)])
            return graph.add("CumSum", [terms, graph.int64Scalar(value.position(of: try step.int("axis")))])
        }
        table["topK"] = Self { step, graph in
            let input = step.inputs[0]
            let names = graph.add(
                "TopK", [graph.name(of: input), graph.integers([try step.int("count")])],
                ["axis": .int(input.position(of: -1))], outputCount: 2)
            let indices = graph.add("Cast", [names[1]], ["to": .int(DataType.int32.messageType.rawValue)])
            return [step.result(names[0], order: input.order), step.result(indices, order: input.order, output: 1)]
        }
        return table
    }()

    /// A reduction over the axes that the operation states, or over all.
    static func reduction(_ type: String) -> Self {
        Self { step, graph in
            let input = step.inputs[0]
            let axes = try step.attribute("axes") == nil ? Array(0..<input.rank) : step.ints("axes")
            let keepsDimensions = try step.bool("keeps_dimensions")
            var name = graph.name(of: input)
            if input.dataType != step.outputTypes[0] {
                name = graph.add("Cast", [name], ["to": .int(step.outputTypes[0].messageType.rawValue)])
            }
            let places = axes.map { input.position(of: $0) }.sorted()
            let result = graph.reduce(type, name, axes: places, keepsDimensions: keepsDimensions)
            return [step.result(result, order: keepsDimensions ? input.order : input.order(without: axes))]
        }
    }
}

extension ONNXGraph {
    /// Adds a reduction over places of axes in the written tensor.
    func reduce(_ type: String, _ name: String, axes: [Int], keepsDimensions: Bool) -> String {
        let keepdims = ["keepdims": ONNXAttribute.int(keepsDimensions ? 1 : 0)]
        // Axes became an input, of the sum first.
        return type == "ReduceSum" || opset >= 18
            ? add(type, [name, integers(axes)], keepdims)
            : add(type, [name], keepdims.merging(["axes": .ints(axes)]) { $1 })
    }
}

extension ONNXValue {
    /// The order that is left when axes are taken away.
    func order(without axes: [Int]) -> [Int] {
        let removed = Set(axes.map { $0 < 0 ? $0 + rank : $0 })
        return order.filter { !removed.contains($0) }.map { axis in axis - removed.count { $0 < axis } }
    }
}
