import NNLayers

extension ONNXGraph {
    /// Brings operands that are broadcast to tensors that ONNX broadcasts in the same way.
    /// - Returns: Their names, and the order of axes of the result.
    public func broadcast(_ operands: [ONNXValue]) -> (names: [String], order: [Int]) {
        let rank = operands.map(\.rank).max() ?? 0
        let computed = operands.filter { $0.rank == rank && !$0.isConstant }
        // Images stay as they are; what meets them is brought to their order.
        let order =
            (computed.first { $0.order == ONNXValue.imageOrder } ?? computed.first)?.order
            ?? ONNXValue.plainOrder(rank: rank)
        return (operands.map { name(of: $0, broadcastIn: order) }, order)
    }

    /// The name of a value as an operand of a result with these axes, of which it may lack the first.
    private func name(of value: ONNXValue, broadcastIn order: [Int]) -> String {
        let missing = order.count - value.rank
        let ownOrder = order.filter { $0 >= missing }.map { $0 - missing }
        guard missing > 0, value.rank > 0 else { return name(of: value, in: ownOrder) }
        // Axes that it lacks stand between its own ones, unless they come first.
        let places = order.indices.drop { order[$0] < missing }
        let added = places.filter { order[$0] < missing }.map { $0 - places.startIndex }
        guard !added.isEmpty else { return name(of: value, in: ownOrder) }
        if let tensor = value.constant {
            var shape = ownOrder.map { tensor.shape[$0] }
            for place in added { shape.insert(1, at: place) }
            return shared("constant \(name(of: value, in: ownOrder)) as \(shape)") {
                let reordered = withoutGradients { tensor.transposed(ownOrder).reshaped(Shape(shape)) }
                return initializer(reordered, name: parameterName(of: tensor))
            }
        }
        let reordered = name(of: value, in: ownOrder)
        return shared("unsqueezed \(reordered) \(added)") { add("Unsqueeze", [reordered, integers(added)]) }
    }
}
