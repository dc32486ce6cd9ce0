import CNNKernels

/// A calculation whose operations were traced and planned once, to be repeated for inputs of one shape.
///
/// Nothing is checked, looked up or recorded again: convolutions are run as their backend prepared them, into memory
/// that was planned by the time in which each result is needed. What operations other than convolutions give comes from
/// the caching allocator. Results are those of the operations one by one, to the bit.
@_spi(Kernels) public final class PreparedCalculation: Sendable {
    /// A value that a step reads.
    enum Source: Sendable {
        case value(Int)
        case constant(Tensor)
    }

    /// One operation.
    struct Step: Sendable {
        enum Work: Sendable {
            case operation(any TensorOperation)
            case convolution(any PreparedConvolution, addsResidual: Bool)
            /// A convolution of a backend that prepares none.
            case call(any Backend, ConvolutionCall, addsResidual: Bool)
        }

        var work: Work
        /// Of a convolution the images, and the residual where there is one.
        var inputs: [Source]
        var outputs: [Int]
        /// The values that no later step reads.
        var released: [Int] = []
        /// The position of the output in the planned memory; nil for memory of its own.
        var offset: Int?
        var outputSpecifications: [TensorSpecification]
    }

    /// The filters and the epilogue of a convolution.
    struct ConvolutionCall: Sendable {
        let weight: Tensor
        let geometry: ConvolutionGeometry
        /// Without the residual.
        let epilogue: ConvolutionEpilogue

        /// Asks a backend for it.
        func output(of input: Tensor, residual: Tensor?, by backend: any Backend) -> Tensor? {
            var whole = epilogue
            whole.residual = residual
            return backend.convolution(input, weight: weight, geometry: geometry, epilogue: whole)
        }

        /// In the terms of observers.
        func work(_ inputs: [Tensor]) -> ObservedWork {
            .convolution(
                .forward, input: inputs[0].specification, weight: weight.shape, geometry: geometry, reading: inputs)
        }
    }

    /// The planned memory, with a tensor for each step that has its output there.
    private struct Workspace: Sendable {
        let tensors: [Tensor?]

        init(_ steps: [Step], byteCount: Int) {
            let block = Storage(byteCount: byteCount)
            tensors = steps.map { step in
                step.offset.map { offset in
                    let specification = step.outputSpecifications[0]
                    return Tensor(
                        shape: specification.shape, dataType: specification.dataType,
                        contents: .values(Storage(borrowing: block.pointer + offset, from: block)))
                }
            }
        }
    }

    /// What the input looks like.
    public let input: TensorSpecification
    /// The size of the planned memory.
    public let workspaceByteCount: Int
    private let steps: [Step]
    private let inputNumber: Int
    private let results: [Source]
    private let valueCount: Int
    /// Those that no call uses at the moment: one for each thread that has calculated at the same time.
    private let workspaces = Locked<[Workspace]>([])

    init(
        input: TensorSpecification, inputNumber: Int, steps: [Step], results: [Source], valueCount: Int,
        workspaceByteCount: Int
    ) {
        self.input = input
        self.inputNumber = inputNumber
        self.steps = steps
        self.results = results
        self.valueCount = valueCount
        self.workspaceByteCount = workspaceByteCount
    }

    /// Calculates the results of an input, which must look as ``input``. No gradient is recorded.
    public func callAsFunction(_ tensor: Tensor) -> [Tensor] {
        require(tensor.specification == input, "PreparedCalculation: \(tensor.specification), prepared for \(input)")
        nn_apply_thread_count()
        let workspace = workspaces.withLock { $0.popLast() } ?? Workspace(steps, byteCount: workspaceByteCount)
        var values = [Tensor?](repeating: nil, count: valueCount)
        values[inputNumber] = tensor.detached
        for index in steps.indices { run(steps[index], into: workspace.tensors[index], &values) }
        let results = results.map { Self.tensor($0, values) }
        workspaces.withLock { $0.append(workspace) }
        return results
    }

    private func run(_ step: Step, into planned: Tensor?, _ values: inout [Tensor?]) {
        switch step.work {
        case .convolution(let convolution, let addsResidual):
            let specification = step.outputSpecifications[0]
            let output = planned ?? Tensor(uninitialized: specification.shape, dataType: specification.dataType)
            convolution.run(
                Self.tensor(step.inputs[0], values), residual: addsResidual ? Self.tensor(step.inputs[1], values) : nil,
                into: output)
            values[step.outputs[0]] = output
        case .call(let backend, let call, let addsResidual):
            let input = Self.tensor(step.inputs[0], values)
            let residual = addsResidual ? Self.tensor(step.inputs[1], values) : nil
            func ask(_ backend: any Backend) -> Tensor? { call.output(of: input, residual: residual, by: backend) }
            values[step.outputs[0]] = ask(backend) ?? Engine.first(call.work([input]), ask)
        case .operation(let operation):
            var context = ForwardContext(operation: operation.name)
            let outputs = operation.forward(step.inputs.map { Self.tensor($0, values) }, context: &context)
            for (number, output) in zip(step.outputs, outputs) { values[number] = output }
        }
        for number in step.released { values[number] = nil }
    }

    private static func tensor(_ source: Source, _ values: [Tensor?]) -> Tensor {
        switch source {
        case .constant(let tensor): return tensor
        case .value(let number):
            guard let tensor = values[number] else { trap("PreparedCalculation: value \(number) was released") }
            return tensor
        }
    }
}
