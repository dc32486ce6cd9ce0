/// The gradients of a loss by the variables that it was calculated from.
public struct Gradients: Sendable {
    /// By the identity of the variable's node, which the entry keeps alive.
    private var values: [ObjectIdentifier: (variable: OperationNode, gradient: Tensor)] = [:]

    /// Whether operations are recorded for ``Tensor/backward(gradient:)`` in this scope.
    @TaskLocal static var areEnabled = true

    /// No gradients yet, to accumulate some.
    public init() {}

    /// The gradient by a variable, in its shape and type; nil if the loss does not depend on it.
    public subscript(variable: Tensor) -> Tensor? {
        variable.origin.flatMap { values[ObjectIdentifier($0.node)]?.gradient }
    }

    /// The number of variables that have a gradient.
    public var count: Int { values.count }

    fileprivate mutating func set(_ gradient: Tensor, for variable: OperationNode) {
        values[ObjectIdentifier(variable)] = (variable, gradient)
    }

    /// Puts another gradient by a variable, in its shape and type, in the place of the one that is there, if any.
    public mutating func set(_ gradient: Tensor, for variable: Tensor) {
        guard let node = variable.origin?.node, node.operation == nil else {
            trap("Gradients.set: \(variable.specification) is no variable; use requiringGradient()")
        }
        require(
            gradient.specification == variable.specification,
            "Gradients.set: a gradient \(gradient.specification) by \(variable.specification)")
        set(gradient.detached, for: node)
    }

    /// Removes and returns the gradient by a variable, so that it can be written to in place.
    public mutating func take(_ variable: Tensor) -> Tensor? {
        variable.origin.flatMap { values.removeValue(forKey: ObjectIdentifier($0.node))?.gradient }
    }

    /// Adds the gradients of another pass, as gradient accumulation does.
    public mutating func accumulate(_ other: Gradients) {
        for (key, entry) in other.values {
            if var present = values.removeValue(forKey: key) {
                present.gradient.add(entry.gradient)
                values[key] = present
            } else {
                values[key] = entry
            }
        }
    }
}

/// Calculates without recording operations, as evaluation and parameter updates do.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Gradients.$areEnabled.withValue(false, operation: body)
}

extension Tensor {
    /// The same values as a variable: a tensor by which gradients are asked for.
    public func requiringGradient() -> Tensor {
        require(dataType.isFloatingPoint, "requiringGradient: \(dataType) values have no gradient")
        var variable = detached
        variable.origin = Origin(node: OperationNode(), index: 0)
        return variable
    }

    /// The same values without the calculation that made them.
    public var detached: Tensor {
        var result = self
        result.origin = nil
        return result
    }

    /// Whether a gradient can flow through this tensor.
    public var isTracked: Bool { origin != nil }

    /// Gives the gradients of this tensor by every variable that it was calculated from.
    ///
    /// The calculation is used up by it: what was saved for the pullbacks is released on the way.
    /// A tensor that depends on no variable traps, as a second pass does.
    /// - Parameter gradient: the gradient by this tensor, in its shape and type; ones by default, which asks
    ///   for a tensor of one element.
    public func backward(gradient: Tensor? = nil) -> Gradients { backward(gradient: gradient, onGradient: nil) }

    /// Gives the gradients as ``backward(gradient:)`` does, and tells of each as soon as it is complete: when the last
    /// operation that used the variable is done, while the pass goes on to what came before.
    /// - Parameters:
    ///   - gradient: the gradient by this tensor, in its shape and type; ones by default.
    ///   - onGradient: Called on this thread with the ``variableIdentity`` of a variable and the gradient by it.
    public func backward(
        gradient: Tensor? = nil, onGradient: ((_ variable: ObjectIdentifier, _ gradient: Tensor) -> Void)?
    ) -> Gradients {
        require(
            gradient != nil || elementCount == 1,
            "backward: \(specification) is not a single number; pass the gradient by it")
        require(
            gradient == nil || gradient!.specification == specification,
            "backward: gradient \(gradient!.specification) for \(specification)")
        require(
            isTracked,
            "backward: \(specification) depends on no variable: it was calculated from none, under "
                + "withoutGradients, or only through .detached and integers")
        return Gradients(
            of: [(self, gradient?.detached ?? .ones(shape, dataType: dataType))], onGradient: onGradient)
    }

    /// Gives the gradients of this tensor by tensors that it was calculated from, whether they are variables or results on
    /// the way, as ``backward(gradient:)`` gives those by variables.
    ///
    /// The pass ends at these tensors: what they were calculated from is neither visited nor used up. One that another of
    /// them was calculated from gets what reaches it on other ways.
    /// - Parameters:
    ///   - tensors: Tracked tensors; a result on the way is tracked where a variable is before it.
    ///   - gradient: the gradient by this tensor, in its shape and type; ones by default, which asks for a tensor of one
    ///     element.
    /// - Returns: One gradient for each of `tensors`, in its shape and type; nil if this tensor does not depend on it.
    public func gradients(by tensors: [Tensor], gradient: Tensor? = nil) -> [Tensor?] {
        require(
            gradient != nil || elementCount == 1,
            "gradients: \(specification) is not a single number; pass the gradient by it")
        require(
            gradient == nil || gradient!.specification == specification,
            "gradients: gradient \(gradient!.specification) for \(specification)")
        let origins = tensors.map { tensor -> Origin in
            guard let origin = tensor.origin else {
                trap("gradients: \(tensor.specification) is not tracked; use requiringGradient() before it")
            }
            return origin
        }
        guard isTracked else { return tensors.map { _ in nil } }
        var ends = GradientEnds(origins)
        _ = Gradients(
            of: [(self, gradient?.detached ?? .ones(shape, dataType: dataType))], endingAt: &ends)
        return origins.map { ends[$0] }
    }

    /// What tells a variable from others, as long as it lives and whatever its values become; nil for what is no variable.
    public var variableIdentity: ObjectIdentifier? {
        origin.flatMap { $0.node.operation == nil ? ObjectIdentifier($0.node) : nil }
    }
}

extension Gradients {
    /// The gradients that follow from those by some tracked tensors.
    /// - Parameter onGradient: Called with the identity of each variable and the gradient by it when that is complete.
    init(
        of results: [(tensor: Tensor, gradient: Tensor)], onGradient: ((ObjectIdentifier, Tensor) -> Void)? = nil
    ) {
        var ends = GradientEnds([])
        self.init(of: results, endingAt: &ends, onGradient: onGradient)
    }

    /// As above, for a pass that does not go beyond some tensors.
    fileprivate init(
        of results: [(tensor: Tensor, gradient: Tensor)], endingAt ends: inout GradientEnds,
        onGradient: ((ObjectIdentifier, Tensor) -> Void)? = nil
    ) {
        var pending: [ObjectIdentifier: [Tensor?]] = [:]
        func accumulate(_ gradient: Tensor, at origin: Origin) {
            let key = ObjectIdentifier(origin.node)
            var slots =
                pending.removeValue(forKey: key)
                ?? [Tensor?](repeating: nil, count: Swift.max(origin.node.outputs.count, 1))
            if var sum = slots[origin.index] {
                slots[origin.index] = nil
                Engine.observed(.gradientSum(of: gradient)) { sum.add(gradient) }
                slots[origin.index] = sum
            } else {
                slots[origin.index] = gradient
            }
            pending[key] = slots
        }
        for (tensor, gradient) in results { accumulate(gradient, at: tensor.origin!) }
        // One pass over the nodes, each after all that depend on it.
        let nodes = sortedNodes(from: results.map { $0.tensor.origin!.node }, endingAt: ends)
        var uses = VariableUses(nodes)
        func finish(_ variable: OperationNode) {
            guard let gradient = pending.removeValue(forKey: ObjectIdentifier(variable))?[0] else { return }
            set(gradient, for: variable)
            onGradient?(ObjectIdentifier(variable), gradient)
        }
        for node in nodes {
            let key = ObjectIdentifier(node)
            if ends.contains(node) {
                ends.set(pending.removeValue(forKey: key) ?? [], of: node)
                continue
            }
            guard node.operation != nil else {
                // Only of one that is a result itself there is still something pending.
                finish(node)
                continue
            }
            let edges = node.edges
            if pending[key] != nil {
                let inputGradients = withoutGradients { node.pullback(pending.removeValue(forKey: key)!) }
                for case (let edge?, let gradient?) in zip(edges, inputGradients) { accumulate(gradient, at: edge) }
            }
            for variable in uses.remove(edges) where !ends.contains(variable) { finish(variable) }
        }
    }
}

/// Tensors at which a backward pass ends, with the gradients by them.
private struct GradientEnds {
    /// By node, for each of its results.
    private var gradients: [ObjectIdentifier: [Tensor?]] = [:]

    init(_ origins: [Origin]) {
        for origin in origins { gradients[ObjectIdentifier(origin.node)] = [] }
    }

    func contains(_ node: OperationNode) -> Bool { gradients[ObjectIdentifier(node)] != nil }

    mutating func set(_ results: [Tensor?], of node: OperationNode) { gradients[ObjectIdentifier(node)] = results }

    subscript(origin: Origin) -> Tensor? {
        let results = gradients[ObjectIdentifier(origin.node)] ?? []
        return results.indices.contains(origin.index) ? results[origin.index] : nil
    }
}

/// How often variables are used by operations that are still to come in a backward pass. A variable is done with the last
/// of them, which may be long before its turn in the order.
private struct VariableUses {
    private var counts: [ObjectIdentifier: Int] = [:]

    init(_ nodes: [OperationNode]) {
        for node in nodes where node.operation != nil {
            for case let edge? in node.edges where edge.node.operation == nil {
                counts[ObjectIdentifier(edge.node), default: 0] += 1
            }
        }
    }

    /// Counts an operation as done, and returns the variables that no other uses.
    mutating func remove(_ edges: [Origin?]) -> [OperationNode] {
        var done: [OperationNode] = []
        for case let edge? in edges where edge.node.operation == nil {
            let key = ObjectIdentifier(edge.node)
            let rest = (counts[key] ?? 0) - 1
            counts[key] = rest
            if rest == 0 { done.append(edge.node) }
        }
        return done
    }
}

/// The nodes that some nodes depend on, these included, none before a node that depends on it; not those before `ends`.
private func sortedNodes(from roots: [OperationNode], endingAt ends: GradientEnds) -> [OperationNode] {
    func inputs(of node: OperationNode) -> [Origin?] { ends.contains(node) ? [] : node.edges }
    var order: [OperationNode] = []
    var visited: Set<ObjectIdentifier> = []
    for root in roots where visited.insert(ObjectIdentifier(root)).inserted {
        var stack = [(node: root, edges: inputs(of: root), next: 0)]
        while let (node, edges, next) = stack.last {
            if next < edges.count {
                stack[stack.count - 1].next += 1
                if let input = edges[next]?.node, visited.insert(ObjectIdentifier(input)).inserted {
                    stack.append((input, inputs(of: input), 0))
                }
            } else {
                order.append(node)
                stack.removeLast()
            }
        }
    }
    return order.reversed()
}
