import NNLayers

extension ONNXConverter {
    static let products: [String: ONNXConverter] = [
        "matmul": Self { step, graph in
            let names = step.inputs.map { graph.name(of: $0, in: ONNXValue.plainOrder(rank: $0.rank)) }
            return [step.result(graph.add("MatMul", names))]
        },
        "linear": linear,
    ]

    /// Inputs: features, weight `[O, I]`, then the bias where there is one.
    private static let linear = Self { step, graph in
        let (input, weight) = (step.inputs[0], step.inputs[1])
        let bias = step.inputs.dropFirst(2).map { graph.name(of: $0) }
        if input.rank == 2 {
            let names = [graph.name(of: input, in: [0, 1]), graph.name(of: weight, in: [0, 1])] + bias
            return [step.result(graph.add("Gemm", names, ["transB": .int(1)]))]
        }
        if input.rank == 4, input.order == ONNXValue.imageOrder, let tensor = weight.constant {
            // For images the same as a convolution of single pixels, which leaves them as they lie.
            let kernel = graph.shared("kernel \(graph.name(of: weight))") {
                graph.initializer(
                    withoutGradients { tensor.reshaped(Shape(tensor.shape.dimensions + [1, 1])) },
                    name: graph.parameterName(of: tensor))
            }
            return [step.result(graph.add("Conv", [graph.name(of: input), kernel] + bias), order: input.order)]
        }
        let features = graph.name(of: input, in: ONNXValue.plainOrder(rank: input.rank))
        let product = graph.add("MatMul", [features, graph.name(of: weight, in: [1, 0])])
        return [step.result(bias.isEmpty ? product : graph.add("Add", [product] + bias))]
    }
}
