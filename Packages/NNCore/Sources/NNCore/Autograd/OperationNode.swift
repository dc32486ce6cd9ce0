/// Where a tensor came from: a result of an operation, or a variable.
struct Origin {
    let node: OperationNode
    let index: Int
}

/// An operation that was applied, with what its pullback needs; without an operation, a variable.
///
/// Nodes refer to the nodes of their inputs, so a calculation lives as long as a result of it does.
final class OperationNode: @unchecked Sendable {
    // Sendable: changed only by the one backward pass that consumes it.
    let operation: (any TensorOperation)?
    let inputs: [TensorSpecification]
    let outputs: [TensorSpecification]
    var edges: [Origin?]
    var saved: [Tensor]
    var isConsumed = false

    init(
        operation: any TensorOperation, edges: [Origin?], saved: [Tensor], inputs: [TensorSpecification],
        outputs: [TensorSpecification]
    ) {
        self.operation = operation
        self.edges = edges
        self.saved = saved
        self.inputs = inputs
        self.outputs = outputs
    }

    /// A variable: an end of the calculation, whose gradient is kept.
    init() {
        operation = nil
        inputs = []
        outputs = []
        edges = []
        saved = []
    }

    /// Runs the pullback and lets go of all that was saved for it.
    func pullback(_ gradients: consuming [Tensor?]) -> [Tensor?] {
        guard let operation else { return [] }
        require(
            !isConsumed, "backward: the graph of '\(operation.name)' was used by an earlier backward() already")
        var context = BackwardContext(
            operation: operation.name, saved: saved, needs: edges.map { $0 != nil }, inputs: inputs,
            outputs: outputs, gradients: gradients)
        isConsumed = true
        saved = []
        let results = operation.backward(context: &context)
        // Memory is read and written by these shapes from here on.
        require(
            results.count == inputs.count,
            "\(operation.name): returned \(results.count) gradients for \(inputs.count) inputs; nil stands for none")
        for (index, input) in inputs.enumerated() {
            guard let found = results[index]?.specification else { continue }
            require(
                found == input, "\(operation.name): returned a gradient \(found) for input \(index) of \(input)")
        }
        return results.map { $0?.detached }
    }

    /// Long chains would be released by recursion; this takes them apart one by one.
    deinit {
        var pending = edges.compactMap { $0?.node }
        edges = []
        while var node = pending.popLast() {
            if isKnownUniquelyReferenced(&node) {
                pending.append(contentsOf: node.edges.compactMap { $0?.node })
                node.edges = []
            }
        }
    }
}
