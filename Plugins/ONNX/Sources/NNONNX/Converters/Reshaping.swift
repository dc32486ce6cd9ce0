import NNLayers

extension ONNXConverter {
    static let reshape = Self { step, graph in
        let (input, output) = (step.inputs[0], step.shape())
        if input.shape == output { return [input] }
        if let result = withoutUnits(step, graph) { return [result] }
        let plain = graph.name(of: input, in: ONNXValue.plainOrder(rank: input.rank))
        return [step.result(graph.add("Reshape", [plain, try shapeOperand(step, graph)]))]
    }

    /// The new shape with 0 for a length that stays and -1 for one that follows from the others, so that sizes
    /// need not be calculated.
    private static func shapeOperand(_ step: ONNXStep, _ graph: ONNXGraph) throws -> String {
        let (input, output) = (step.inputs[0].shape, step.shape())
        let free = output.indices.filter {
            output[$0].fixed == nil && !(input.indices.contains($0) && input[$0] == output[$0])
        }
        guard free.count < 2, !output.contains(where: { $0.fixed == 0 }) else {
            return try graph.lengths(output, for: step.operation)
        }
        return graph.integers(output.indices.map { output[$0].fixed ?? (free.contains($0) ? -1 : 0) })
    }

    /// A reshape that only adds or removes dimensions of length 1, whatever the order of the others; nil where
    /// it does more.
    private static func withoutUnits(_ step: ONNXStep, _ graph: ONNXGraph) -> ONNXValue? {
        let (input, output) = (step.inputs[0], step.shape())
        func kept(_ shape: [TracedLength]) -> [Int] { shape.indices.filter { shape[$0].fixed != 1 } }
        let (before, after) = (kept(input.shape), kept(output))
        guard before.map({ input.shape[$0] }) == after.map({ output[$0] }), !input.isConstant else { return nil }
        // The axes of the result in the order in which the input has them.
        let sequence = input.order.compactMap { before.firstIndex(of: $0) }.map { after[$0] }
        let orders = [ONNXValue.imageOrder, ONNXValue.plainOrder(rank: output.count)]
        let units = output.indices.filter { output[$0].fixed == 1 }
        let order =
            orders.first { $0.count == output.count && $0.filter { !units.contains($0) } == sequence }
            ?? sequence + units
        let removed = input.order.indices.filter { input.shape[input.order[$0]].fixed == 1 }
        let added = order.indices.filter { units.contains(order[$0]) }
        var name = graph.name(of: input)
        if removed != added || input.rank != output.count {
            if !removed.isEmpty { name = graph.add("Squeeze", [name, graph.integers(removed)]) }
            if !added.isEmpty {
                let squeezed = name
                name = graph.shared("unsqueezed \(squeezed) \(added)") {
                    graph.add("Unsqueeze", [squeezed, graph.integers(added)])
                }
            }
        }
        return step.result(name, order: order)
    }
}
