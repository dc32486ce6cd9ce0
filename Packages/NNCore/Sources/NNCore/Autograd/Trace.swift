/// The record of a calculation in which only shapes are known.
///
/// A symbolic tensor goes through the same code as one with values, but every operation runs its
/// shape rule only. So a whole network is proven, counted and drawn without any memory:
///
/// ```swift
/// let trace = Trace()
/// let image = trace.input(TensorSpecification(shape: [1, 224, 224, 3]))
/// let result = network(image, context)
/// try trace.check()
/// trace.steps.reduce(0) { $0 + $1.multiplyAccumulates }
/// ```
public final class Trace: Sendable {
    /// One operation of the calculation.
    public struct Step: Sendable {
        /// The operation itself.
        public let operation: any TensorOperation
        /// The numbers of the values that it took; nil for a constant such as a weight.
        public let inputs: [Int?]
        /// What the inputs look like.
        public let inputSpecifications: [TensorSpecification]
        /// The numbers of the values that it gave.
        public let outputs: [Int]
        /// What the results look like.
        public let outputSpecifications: [TensorSpecification]
        /// Multiplications that are followed by an addition.
        public let multiplyAccumulates: Int
        /// The constants among the inputs, by position.
        public let constants: [Int: Tensor]
        /// Whether a gradient flows through it: it depends on a variable, and not only on what is frozen.
        public let isTracked: Bool
    }

    private struct State {
        var steps: [Step] = []
        var valueCount = 0
        /// The numbers of the values that depend on a variable.
        var tracked: Set<Int> = []
        var failure: ShapeError?
    }

    private let state = Locked(State())

    /// Whether normalizations by running statistics are recorded as part of the convolution before them, as inference
    /// calculates them.
    let foldsNormalizations: Bool

    /// A trace without inputs and operations.
    public init() { foldsNormalizations = false }

    init(foldsNormalizations: Bool) { self.foldsNormalizations = foldsNormalizations }

    /// The operations so far, in order.
    public var steps: [Step] { state.withLock { $0.steps } }

    /// The first operation whose inputs did not fit.
    public var failure: ShapeError? { state.withLock { $0.failure } }

    /// Throws the first failure, if there was one.
    public func check() throws(ShapeError) { if let failure { throw failure } }

    /// A new symbolic tensor.
    public func input(_ specification: TensorSpecification) -> Tensor { makeValue(specification) }

    private func makeValue(_ specification: TensorSpecification) -> Tensor {
        let number = state.withLock { state in
            state.valueCount += 1
            return state.valueCount - 1
        }
        return Tensor(
            shape: specification.shape, dataType: specification.dataType,
            contents: .symbolic(SymbolicValue(trace: self, number: number)))
    }

    /// The number under which steps name a value of this trace; nil for a constant, and for what belongs to another.
    public func number(of tensor: Tensor) -> Int? { tensor.trace === self ? tensor.symbolicNumber : nil }

    static func of(_ inputs: [Tensor]) -> Trace? {
        for case .symbolic(let value) in inputs.map(\.contents) {
            if let trace = value.trace { return trace }
        }
        return nil
    }

    func record(_ operation: any TensorOperation, inputs: [Tensor], results: [TensorSpecification]) -> [Tensor] {
        let outputs = results.map(makeValue)
        let numbers = inputs.map(\.symbolicNumber)
        var constants: [Int: Tensor] = [:]
        for (position, input) in inputs.enumerated() where numbers[position] == nil {
            constants[position] = input.detached
        }
        let specifications = inputs.map(\.specification)
        let isTracked =
            Gradients.areEnabled && (inputs.contains(where: \.isTracked) || areTracked(numbers.compactMap { $0 }))
        let step = Step(
            operation: operation, inputs: numbers, inputSpecifications: specifications,
            outputs: outputs.map { $0.symbolicNumber! }, outputSpecifications: results,
            multiplyAccumulates: operation.multiplyAccumulates(for: specifications), constants: constants,
            isTracked: isTracked)
        state.withLock { state in
            state.steps.append(step)
            if isTracked { state.tracked.formUnion(step.outputs) }
        }
        return outputs
    }

    private func areTracked(_ numbers: [Int]) -> Bool {
        state.withLock { state in numbers.contains(where: state.tracked.contains) }
    }

    /// Notes the failure and goes on with tensors of the first input's shape; `check()` reports it.
    func fail(_ error: ShapeError, inputs: [Tensor]) -> [Tensor] {
        state.withLock { state in
            guard state.failure == nil else { return }
            state.failure = error
        }
        return [Tensor](repeating: makeValue(inputs[0].specification), count: 8)
    }
}

/// A value in a trace.
struct SymbolicValue: Sendable {
    /// What a tensor without values holds: a placeholder, or one whose memory is being replaced.
    static let none = SymbolicValue(trace: nil, number: nil)
    let trace: Trace?
    let number: Int?
}

extension Tensor {
    /// A tensor that has no values, nor memory for them, until some are put in its place. Of calculations
    /// it takes part only in symbolic ones, as a constant.
    public init(placeholder specification: TensorSpecification) {
        self.init(shape: specification.shape, dataType: specification.dataType, contents: .symbolic(.none))
    }

    /// The number of this value in its ``Trace``; nil for a constant.
    var symbolicNumber: Int? {
        if case .symbolic(let value) = contents { value.number } else { nil }
    }

    /// The trace that this tensor belongs to.
    public var trace: Trace? { Trace.of([self]) }
}
