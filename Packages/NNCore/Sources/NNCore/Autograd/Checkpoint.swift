/// Calculates without keeping what operations save for their gradients, and calculates again when those are asked for.
///
/// A training step keeps the inputs of a part of the network instead of all that happens in it, for about a third more
/// time (Chen, Xu, Zhang and Guestrin, "Training Deep Nets with Sublinear Memory Cost", 2016).
///
/// - Parameters:
///   - inputs: What `body` is given; of all that it calculates from, they alone are kept.
///   - variables: What `body` uses besides and gradients are wanted by, such as parameters.
///   - body: The calculation; its second argument is whether it runs for the second time. It must give the same to the bit.
public func checkpointed(
    _ inputs: [Tensor], variables: [Tensor], _ body: @escaping @Sendable ([Tensor], _ isRepetition: Bool) -> [Tensor]
) -> [Tensor] {
    let all = inputs + variables
    let isRecorded = Gradients.areEnabled && all.contains(where: \.isTracked)
    guard isRecorded, !all.contains(where: \.isSymbolic) else { return body(inputs, false) }
    // As it will be repeated, with gradients, since backends calculate otherwise for inference; what is recorded goes with
    // the results.
    let variablesOfPart = inputs.map { $0.isTracked ? $0.requiringGradient() : $0 }
    let results = body(variablesOfPart, false).map(\.detached)
    return Checkpoint(variables: variables, results: results, body: body).apply(to: all)
}

private final class Checkpoint: TensorOperation {
    let name = "checkpoint"
    private let variables: [Tensor]
    private let specifications: [TensorSpecification]
    /// Until they are handed out: what becomes of them then is not for this operation to keep.
    private let results: Locked<[Tensor]>
    private let body: @Sendable ([Tensor], Bool) -> [Tensor]

    init(variables: [Tensor], results: [Tensor], body: @escaping @Sendable ([Tensor], Bool) -> [Tensor]) {
        self.variables = variables
        specifications = results.map(\.specification)
        self.results = Locked(results)
        self.body = body
    }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] { specifications }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        for input in inputs.dropLast(variables.count) { context.save(input) }
        return results.withLock { results in
            defer { results = [] }
            return results
        }
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let inputs = (0..<context.savedCount).map { index in
            let input = context.takeSaved(index)
            return context.needsGradient(index) ? input.requiringGradient() : input
        }
        let again = Gradients.$areEnabled.withValue(true) { body(inputs, true) }
        require(
            again.map(\.specification) == specifications,
            "checkpointed: the calculation gave \(specifications), and \(again.map(\.specification)) the second time")
        let roots = again.indices.compactMap { index in
            context.hasGradient(index) && again[index].isTracked
                ? (tensor: again[index], gradient: context.takeGradient(index)) : nil
        }
        var gradients = Gradients(of: roots)
        return (inputs + variables).enumerated().map { index, input in
            context.needsGradient(index) ? gradients.take(input) : nil
        }
    }
}
