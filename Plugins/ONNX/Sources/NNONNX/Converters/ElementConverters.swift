import NNLayers

extension ONNXConverter {
    /// Activations and mathematical functions.
    static let elementFunctions: [String: ONNXConverter] = {
        var table: [String: ONNXConverter] = [:]
        let same = [
            "relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "softplus": "Softplus", "hardSwish": "HardSwish",
            "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "reciprocal": "Reciprocal", "abs": "Abs", "sign": "Sign",
            "sin": "Sin", "cos": "Cos", "erf": "Erf", "floor": "Floor", "rounded": "Round",
        ]
        for (name, type) in same { table[name] = elementwise { input, _, graph in graph.add(type, [input]) } }
        table["relu6"] = elementwise { input, _, graph in graph.add("Clip", [input, graph.number(0), graph.number(6)]) }
        table["leakyReLU"] = elementwise { input, step, graph in
            graph.add("LeakyRelu", [input], ["alpha": .float(try step.float("slope"))])
        }
        table["silu"] = elementwise { input, _, graph in graph.add("Mul", [input, graph.add("Sigmoid", [input])]) }
        table["mish"] = elementwise { input, _, graph in
            graph.add("Mul", [input, graph.add("Tanh", [graph.add("Softplus", [input])])])
        }
        table["gelu"] = elementwise { input, _, graph in
            let scaled = graph.add("Div", [input, graph.number(Float(2).squareRoot())])
            let distribution = graph.add("Add", [graph.add("Erf", [scaled]), graph.number(1)])
            return graph.add("Mul", [graph.add("Mul", [input, distribution]), graph.number(0.5)])
        }
        table["squared"] = elementwise { input, _, graph in graph.add("Mul", [input, input]) }
        table["rsqrt"] = elementwise { input, _, graph in graph.add("Reciprocal", [graph.add("Sqrt", [input])]) }
        table["clamped"] = elementwise { input, step, graph in
            let (lower, upper) = (try step.float("minimum"), try step.float("maximum"))
            let bounds = [
                lower == -.infinity ? "" : graph.number(lower), upper == .infinity ? "" : graph.number(upper),
            ]
            return graph.add("Clip", [input] + (bounds[1].isEmpty ? [bounds[0]] : bounds))
        }
        table["scale and offset"] = elementwise { input, step, graph in
            let (scale, offset) = (try step.float("scale"), try step.float("offset"))
            let scaled = scale == 1 ? input : graph.add("Mul", [input, graph.number(scale)])
            return offset == 0 ? scaled : graph.add("Add", [scaled, graph.number(offset)])
        }
        table["divisionByNumber"] = elementwise { input, step, graph in
            graph.add("Div", [input, graph.number(try step.float("divisor"))])
        }
        table["quotient"] = elementwise { input, step, graph in
            graph.add("Div", [graph.number(try step.float("dividend")), input])
        }
        table["cast"] = elementwise { input, step, graph in
            graph.add("Cast", [input], ["to": .int(step.outputTypes[0].messageType.rawValue)])
        }
        return table
    }()

    /// Functions of several tensors with broadcasting.
    static let arithmetic: [String: ONNXConverter] = {
        var table: [String: ONNXConverter] = [:]
        for (name, type) in ["add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div"] {
            table[name] = broadcasting { names, graph in graph.add(type, names) }
        }
        // A number as exponent is a setting, a tensor an input.
        table["power"] = Self { step, graph in
            if step.inputs.count == 2 { return try broadcasting { $1.add("Pow", $0) }.convert(step, graph) }
            let (input, exponent) = (step.inputs[0], graph.number(try step.float("exponent")))
            return [step.result(graph.add("Pow", [graph.name(of: input), exponent]), order: input.order)]
        }
        for (name, type) in ["maximum": "Max", "minimum": "Min"] {
            let ofTwo = broadcasting { names, graph in graph.add(type, names) }
            let ofOne = reduction("Reduce\(type)")
            // Of two tensors element by element, or of the elements of one.
            table[name] = Self { step, graph in
                try (step.inputs.count == 2 ? ofTwo : ofOne).convert(step, graph)
            }
        }
        let flag = ["to": ONNXAttribute.int(DataType.uint8.messageType.rawValue)]
        for (name, type) in ["equal": "Equal", "less": "Less", "lessOrEqual": "LessOrEqual"] {
            table[name] = broadcasting { names, graph in graph.add("Cast", [graph.add(type, names)], flag) }
        }
        table["notEqual"] = broadcasting { names, graph in
            graph.add("Cast", [graph.add("Not", [graph.add("Equal", names)])], flag)
        }
        let bool = ["to": ONNXAttribute.int(Onnx_TensorProto.DataType.bool.rawValue)]
        for (name, type) in ["and": "And", "or": "Or", "exclusiveOr": "Xor"] {
            table[name] = broadcasting { names, graph in
                graph.add("Cast", [graph.add(type, names.map { graph.add("Cast", [$0], bool) })], flag)
            }
        }
        table["not"] = elementwise { input, _, graph in
            graph.add("Cast", [graph.add("Not", [graph.add("Cast", [input], bool)])], flag)
        }
        table["select"] = broadcasting { names, graph in
            let mask = graph.add("Cast", [names[0]], bool)
            return graph.add("Where", [mask] + names[1...])
        }
        return table
    }()

    private static func broadcasting(_ write: @escaping @Sendable ([String], ONNXGraph) -> String) -> Self {
        Self { step, graph in
            let (names, order) = graph.broadcast(step.inputs)
            return [step.result(write(names, graph), order: order)]
        }
    }
}
