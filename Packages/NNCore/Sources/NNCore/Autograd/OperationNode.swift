/// Where a tensor came from: a result of an operation, or a variable.
struct Origin: Sendable {
    let node: OperationNode
    let index: Int
}

/// An operation that was applied, with what its pullback needs; without an operation, a variable.
///
/// Nodes refer to the nodes of their inputs, so a calculation lives as long as a result of it does.
final class OperationNode: Sendable {
    private struct State {
        var edges: [Origin?] = []
        var saved: [SavedTensor] = []
        /// What the first result is calculated again from.
        var sources: [SavedTensor] = []
        var isConsumed = false
    }

    let operation: (any TensorOperation)?
    let inputs: [TensorSpecification]
    let outputs: [TensorSpecification]
    private let state: Locked<State>
    /// Calculates the first result again; nil where that takes more than a pass or two.
    private let recomputation: (@Sendable ([Tensor]) -> Tensor)?
    /// How many operations that takes, one after the other.
    private let recomputationDepth: Int
    /// An activation after a normalization is calculated again; a longer chain would be so from its start each time.
    static let deepestRecomputation = 2

    /// Where the inputs came from; nil for one without a gradient.
    var edges: [Origin?] { state.withLock { $0.edges } }

    init(
        operation: any TensorOperation, edges: [Origin?], saved: [SavedTensor], inputs: [TensorSpecification],
        outputs: [TensorSpecification], recomputation: Recomputation?
    ) {
        self.operation = operation
        self.inputs = inputs
        self.outputs = outputs
        let depths = (recomputation?.sources ?? []).map { source -> Int in
            if case .input(let number) = source { edges[number]!.node.recomputationDepth } else { 0 }
        }
        recomputationDepth = 1 + (depths.max() ?? 0)
        let recomputation = recomputationDepth > Self.deepestRecomputation ? nil : recomputation
        self.recomputation = recomputation?.calculate
        state = Locked(State(edges: edges, saved: saved, sources: recomputation?.sources ?? []))
    }

    /// A variable: an end of the calculation, whose gradient is kept.
    init() {
        operation = nil
        inputs = []
        outputs = []
        recomputation = nil
        recomputationDepth = 0
        state = Locked(State())
    }

    /// Whether a result is calculated again rather than kept.
    func recomputes(_ result: Int) -> Bool { result == 0 && recomputation != nil }

    /// How many operations calculate a result again, one after the other; 0 where it is kept.
    func recomputationDepth(of result: Int) -> Int { recomputes(result) ? recomputationDepth : 0 }

    private func requireUnused(_ state: State) {
        require(
            !state.isConsumed,
            "backward: the graph of '\(operation?.name ?? "")' was used by an earlier backward() already, "
                + "or is by another thread's")
    }

    /// The first result, calculated again by the same loops, so to the same bits.
    fileprivate func recomputed() -> Tensor {
        let (edges, sources) = state.withLock { state in
            requireUnused(state)
            return (state.edges, state.sources)
        }
        return recomputation!(sources.map { $0.tensor(edges) })
    }

    /// What the pullback works from, and nothing else holds: so it can let go of a tensor before it returns.
    private func takeContext(_ gradients: consuming [Tensor?]) -> BackwardContext {
        let (edges, saved) = state.withLock { state in
            requireUnused(state)
            defer { (state.isConsumed, state.saved, state.sources) = (true, [], []) }
            return (state.edges, state.saved)
        }
        return BackwardContext(
            operation: operation?.name ?? "", saved: saved.map { $0.tensor(edges) }, needs: edges.map { $0 != nil },
            inputs: inputs, outputs: outputs, gradients: gradients)
    }

    /// Runs the pullback and lets go of all that was saved for it. Of two threads that ask, the second one traps.
    func pullback(_ gradients: consuming [Tensor?]) -> [Tensor?] {
        guard let operation else { return [] }
        var context = takeContext(gradients)
        let observer = Engine.observer
        let readBytes = observer == nil ? 0 : context.byteCount
        observer?.begin(ObservedWork(backwardOf: operation, inputs: inputs))
        let results = operation.backward(context: &context)
        observer?.end(backend: nil, bytes: readBytes + results.byteCount)
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
        var pending = takeInputs()
        while var node = pending.popLast() {
            if isKnownUniquelyReferenced(&node) { pending += node.takeInputs() }
        }
    }

    private func takeInputs() -> [OperationNode] {
        state.withLock { state in
            defer { state.edges = [] }
            return state.edges.compactMap { $0?.node }
        }
    }
}

/// How the first result of an operation is calculated again, and from what.
struct Recomputation: Sendable {
    let sources: [SavedTensor]
    let calculate: @Sendable ([Tensor]) -> Tensor
}

/// What is kept for a pullback.
enum SavedTensor: Sendable {
    case values(Tensor)
    /// An input that the node which made it calculates again: so that of an activation only what it was calculated from
    /// is kept. It is named by its number, since a second reference to that node would end in recursion when a long
    /// chain is released.
    case input(Int)

    /// A tensor that an operation with these inputs saved.
    init(_ tensor: Tensor, inputs: [Tensor]) {
        let number = inputs.firstIndex { input in
            guard let origin = input.origin, origin.node.recomputes(origin.index) else { return false }
            return input.specification == tensor.specification && input.storage === tensor.storage
        }
        self = number.map { .input($0) } ?? .values(tensor)
    }

    fileprivate func tensor(_ edges: [Origin?]) -> Tensor {
        switch self {
        case .values(let tensor): tensor
        case .input(let number): edges[number]!.node.recomputed()
        }
    }
}
