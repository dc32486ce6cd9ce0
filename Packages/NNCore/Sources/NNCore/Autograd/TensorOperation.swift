/// A calculation on tensors with its shape rule and its pullback.
///
/// Every operation of the library conforms to this protocol, and so does a custom one. Tensors are inputs of it;
/// one that it holds in a property is a constant to it, by which there is no gradient, and should be
/// ``Tensor/detached``: of what a tracked one was made from, a long chain would be released by recursion.
///
/// ```swift
/// struct Square: TensorOperation {
///     let name = "square"
///
///     func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] { inputs }
///
///     func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
///         context.save(inputs[0])
///         return [inputs[0] * inputs[0]]
///     }
///
///     func backward(context: inout BackwardContext) -> [Tensor?] {
///         [context.takeGradient() * context.saved(0) * 2]
///     }
/// }
///
/// extension Tensor {
///     func squared() -> Tensor { Square().apply(to: self) }
/// }
/// ```
public protocol TensorOperation: Sendable {
    /// What messages and summaries call the operation.
    var name: String { get }

    /// The shape rule: what the results look like for inputs that look like `inputs`.
    ///
    /// It runs before `forward`, and alone where only shapes are wanted.
    /// - Throws: ``ShapeError`` for inputs that do not fit.
    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification]

    /// Calculates the results, and saves what the pullback needs. They must look as the shape rule says.
    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor]

    /// The gradient of the loss by each input, from those by the results; nil for an input that
    /// has none or for which ``BackwardContext/needsGradient(_:)`` is false: as many as there are inputs, each in
    /// the shape and type of its input.
    func backward(context: inout BackwardContext) -> [Tensor?]

    /// The settings by name, from which others can write the operation in their own terms, such as a file
    /// format: by default none. Names are lower_snake_case; sizes are height and width, edges are top, left,
    /// bottom, right.
    var attributes: [String: OperationAttribute] { get }

    /// The number of multiplications that are followed by an addition; 0 where they do not count.
    func multiplyAccumulates(for inputs: [TensorSpecification]) -> Int
}

extension TensorOperation {
    public var attributes: [String: OperationAttribute] { [:] }

    public func multiplyAccumulates(for inputs: [TensorSpecification]) -> Int { 0 }

    /// Applies the operation to its inputs and records it where a gradient may be asked for.
    ///
    /// Inputs that do not fit are a programming mistake and trap with the operation and the shapes;
    /// in a symbolic calculation they are reported through its ``Trace``.
    public func apply(to inputs: [Tensor]) -> [Tensor] {
        let specifications = inputs.map(\.specification)
        let results: [TensorSpecification]
        do {
            results = try checkedOutputs(for: specifications)
        } catch {
            if let trace = Trace.of(inputs) { return trace.fail(error, inputs: inputs) }
            trap("\(error)")
        }
        if let trace = Trace.of(inputs) { return trace.record(self, inputs: inputs, results: results) }
        if let input = inputs.firstIndex(where: \.isSymbolic) {
            trap(
                "\(name): input \(input) \(inputs[input].shape) has no values; initialize(key:) the network it "
                    + "belongs to, or load a state dictionary")
        }

        let edges = Gradients.areEnabled ? inputs.map(\.origin) : []
        let records = edges.contains { $0 != nil }
        var context = ForwardContext(
            operation: name, needsGradient: records ? edges.map { $0 != nil } : nil,
            recomputationDepths: records ? edges.map { $0.map { $0.node.recomputationDepth(of: $0.index) } ?? 0 } : [])
        let observer = Engine.observer
        observer?.begin(ObservedWork(self, inputs: specifications))
        let outputs = forward(inputs.map(\.detached), context: &context)
        observer?.end(backend: nil, bytes: ObservedWork.bytes(from: inputs, to: outputs))
        require(
            outputs.count == results.count && zip(outputs, results).allSatisfy { $0.specification == $1 },
            "\(name): forward returned \(outputs.map(\.specification)), but its shape rule gives \(results)")
        guard records else { return outputs }
        func saved(_ tensors: [Tensor]) -> [SavedTensor] {
            tensors.map { context.keepsInputs ? .values($0) : SavedTensor($0, inputs: inputs) }
        }
        let node = OperationNode(
            operation: self, edges: edges, saved: saved(context.savedTensors), inputs: specifications,
            outputs: outputs.map(\.specification),
            recomputation: context.recomputation.map {
                Recomputation(sources: saved($0.sources), calculate: $0.calculate)
            })
        return outputs.enumerated().map { index, output in
            guard output.dataType.isFloatingPoint else { return output }
            var tracked = output
            tracked.origin = Origin(node: node, index: index)
            return tracked
        }
    }

    /// Applies an operation that has one result.
    public func apply(to inputs: Tensor...) -> Tensor {
        guard let result = apply(to: inputs).first else { trap("\(name): has no results") }
        return result
    }

    /// The shape rule, and what holds for every operation: inputs and results are tensors that there can be.
    private func checkedOutputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        func check(_ specifications: [TensorSpecification], _ role: String) throws(ShapeError) {
            for specification in specifications {
                if let problem = specification.problem {
                    throw ShapeError(operation: name, reason: "\(role) \(specification) \(problem)")
                }
            }
        }
        try check(inputs, "the input")
        let results = try outputs(for: inputs)
        try check(results, "the result")
        return results
    }
}

/// What an operation does on its way forward besides the results.
public struct ForwardContext {
    private let operation: String
    private let needs: [Bool]?
    private let recomputationDepths: [Int]
    private(set) var savedTensors: [Tensor] = []
    private(set) var recomputation: (sources: [Tensor], calculate: @Sendable ([Tensor]) -> Tensor)?
    /// Whether the inputs are kept, though they could be calculated again.
    private(set) var keepsInputs = false

    /// By default that of a calculation without gradients.
    init(operation: String, needsGradient: [Bool]? = nil, recomputationDepths: [Int] = []) {
        self.operation = operation
        needs = needsGradient
        self.recomputationDepths = recomputationDepths
    }

    /// Whether a pullback may follow at all; without it nothing need be kept.
    public var recordsGradient: Bool { needs != nil }

    /// Whether the gradient by an input may be asked for.
    public func needsGradient(_ input: Int) -> Bool {
        guard let needs else { return false }
        return element(input, of: needs, "input", in: operation)
    }

    /// Whether an input is calculated again in the backward pass, so that saving it costs no memory.
    func isRecomputed(_ input: Int) -> Bool {
        recordsGradient && element(input, of: recomputationDepths, "input", in: operation) > 0
    }

    /// Keeps the inputs where the first of them is calculated again by as many operations as may follow each other.
    /// The result, which would be kept otherwise, is calculated again in its place.
    mutating func keepsInputsOfLongestRecomputation() {
        guard recordsGradient else { return }
        let depth = element(0, of: recomputationDepths, "input", in: operation)
        keepsInputs = depth >= OperationNode.deepestRecomputation
    }

    /// Has the first result calculated again where operations after this one save it: for what is one pass over memory,
    /// to the same bits.
    mutating func recomputesResult(from sources: [Tensor], _ calculate: @escaping @Sendable ([Tensor]) -> Tensor) {
        if recordsGradient { recomputation = (sources.map(\.detached), calculate) }
    }

    /// Keeps tensors for the pullback, in this order.
    public mutating func save(_ tensors: Tensor...) {
        if recordsGradient { savedTensors.append(contentsOf: tensors.map(\.detached)) }
    }
}

/// What a pullback works from.
public struct BackwardContext {
    private let operation: String
    private var savedTensors: [Tensor?]
    private let needs: [Bool]
    private let inputs: [TensorSpecification]
    private let outputs: [TensorSpecification]
    private var gradients: [Tensor?]
    private var taken: Set<Int> = []

    init(
        operation: String, saved: [Tensor], needs: [Bool], inputs: [TensorSpecification],
        outputs: [TensorSpecification], gradients: [Tensor?]
    ) {
        self.operation = operation
        savedTensors = saved
        self.needs = needs
        self.inputs = inputs
        self.outputs = outputs
        self.gradients = gradients
    }

    /// A tensor that the forward calculation saved, counted from 0.
    public func saved(_ index: Int) -> Tensor {
        guard let tensor = element(index, of: savedTensors, "saved tensor", in: operation) else {
            trap("\(operation): saved tensor \(index) was taken already; keep it")
        }
        return tensor
    }

    /// A saved tensor that is not asked for again, so that its memory is free as soon as the caller lets go of it.
    mutating func takeSaved(_ index: Int) -> Tensor {
        let tensor = saved(index)
        savedTensors[index] = nil
        return tensor
    }

    /// The bytes of what was saved and of the gradients, without those that were taken.
    var byteCount: Int { savedTensors.byteCount + gradients.byteCount }

    /// How many tensors were saved.
    public var savedCount: Int { savedTensors.count }

    /// What an input looked like; its values are there only if they were saved.
    public func input(_ index: Int) -> TensorSpecification { element(index, of: inputs, "input", in: operation) }

    /// Whether the gradient by an input is wanted.
    public func needsGradient(_ input: Int) -> Bool { element(input, of: needs, "input", in: operation) }

    /// Whether any gradient reached a result.
    public func hasGradient(_ output: Int = 0) -> Bool {
        element(output, of: gradients, "result", in: operation) != nil
    }

    /// How many inputs there were.
    public var inputCount: Int { inputs.count }

    /// The gradient by a result, zeros if none reached it. It is handed over: taken once, it may be
    /// the only reference to its memory and be written to without a copy.
    public mutating func takeGradient(_ output: Int = 0) -> Tensor {
        require(
            taken.insert(output).inserted, "\(operation): the gradient by result \(output) was taken already; keep it")
        guard let gradient = element(output, of: gradients, "result", in: operation) else {
            return .zeros(outputs[output].shape, dataType: outputs[output].dataType)
        }
        gradients[output] = nil
        return gradient
    }
}

extension [Tensor?] {
    /// The bytes of the tensors that are there.
    var byteCount: Int { reduce(0) { $0 + ($1?.specification.byteCount ?? 0) } }
}

/// What an operation asks its context for by number.
private func element<Element>(
    _ index: Int, of elements: [Element], _ role: String, in operation: String
) -> Element {
    require(elements.indices.contains(index), "\(operation): there is no \(role) \(index) of \(elements.count)")
    return elements[index]
}

/// Inputs that an operation cannot take.
public struct ShapeError: Error, Sendable, CustomStringConvertible {
    /// The operation that was asked for.
    public let operation: String
    /// What does not fit, with the shapes.
    public let reason: String

    /// An error of the shape rule of `operation`; `reason` names the shapes that do not fit.
    public init(operation: String, reason: String) {
        self.operation = operation
        self.reason = reason
    }

    public var description: String { "\(operation): \(reason)" }
}
