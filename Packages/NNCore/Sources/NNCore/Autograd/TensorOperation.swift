/// A calculation on tensors with its shape rule and its pullback.
///
/// Every operation of the library conforms to this protocol, and so does one of your own:
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

    /// Calculates the results, and saves what the pullback needs.
    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor]

    /// The gradient of the loss by each input, from those by the results; nil for an input that
    /// has none or for which ``BackwardContext/needsGradient(_:)`` is false.
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
            results = try outputs(for: specifications)
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
        var context = ForwardContext(needsGradient: records ? edges.map { $0 != nil } : nil)
        let outputs = forward(inputs.map(\.detached), context: &context)
        guard records else { return outputs }
        let node = OperationNode(
            operation: self, edges: edges, saved: context.savedTensors, inputs: specifications,
            outputs: outputs.map(\.specification))
        return outputs.enumerated().map { index, output in
            guard output.dataType.isFloatingPoint else { return output }
            var tracked = output
            tracked.origin = Origin(node: node, index: index)
            return tracked
        }
    }

    /// Applies an operation that has one result.
    public func apply(to inputs: Tensor...) -> Tensor { apply(to: inputs)[0] }
}

/// What an operation does on its way forward besides the results.
public struct ForwardContext {
    private let needs: [Bool]?
    private(set) var savedTensors: [Tensor] = []

    init(needsGradient: [Bool]?) { needs = needsGradient }

    /// Whether a pullback may follow at all; without it nothing need be kept.
    public var recordsGradient: Bool { needs != nil }

    /// Whether the gradient by an input may be asked for.
    public func needsGradient(_ input: Int) -> Bool { needs?[input] ?? false }

    /// Keeps tensors for the pullback, in this order.
    public mutating func save(_ tensors: Tensor...) {
        if recordsGradient { savedTensors.append(contentsOf: tensors.map(\.detached)) }
    }
}

/// What a pullback works from.
public struct BackwardContext {
    private let savedTensors: [Tensor]
    private let needs: [Bool]
    private let inputs: [TensorSpecification]
    private let outputs: [TensorSpecification]
    private var gradients: [Tensor?]

    init(
        saved: [Tensor], needs: [Bool], inputs: [TensorSpecification], outputs: [TensorSpecification],
        gradients: [Tensor?]
    ) {
        savedTensors = saved
        self.needs = needs
        self.inputs = inputs
        self.outputs = outputs
        self.gradients = gradients
    }

    /// A tensor that the forward calculation saved, counted from 0.
    public func saved(_ index: Int) -> Tensor { savedTensors[index] }

    /// How many tensors were saved.
    public var savedCount: Int { savedTensors.count }

    /// What an input looked like; its values are there only if they were saved.
    public func input(_ index: Int) -> TensorSpecification { inputs[index] }

    /// Whether the gradient by an input is wanted.
    public func needsGradient(_ input: Int) -> Bool { needs[input] }

    /// Whether any gradient reached a result.
    public func hasGradient(_ output: Int = 0) -> Bool { gradients[output] != nil }

    /// How many inputs there were.
    public var inputCount: Int { inputs.count }

    /// The gradient by a result, zeros if none reached it. It is handed over: taken once, it may be
    /// the only reference to its memory and be written to without a copy.
    public mutating func takeGradient(_ output: Int = 0) -> Tensor {
        guard let gradient = gradients[output] else {
            return .zeros(outputs[output].shape, dataType: outputs[output].dataType)
        }
        gradients[output] = nil
        return gradient
    }
}

/// Inputs that an operation cannot take.
public struct ShapeError: Error, Sendable, CustomStringConvertible {
    /// The operation that was asked for.
    public let operation: String
    /// What does not fit, with the shapes.
    public let reason: String

    public init(operation: String, reason: String) {
        self.operation = operation
        self.reason = reason
    }

    public var description: String { "\(operation): \(reason)" }
}
