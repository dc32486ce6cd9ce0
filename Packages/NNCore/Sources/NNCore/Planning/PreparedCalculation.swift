import CNNKernels

/// A calculation whose operations were traced and planned once, to be repeated for inputs of one shape.
///
/// Nothing is checked, looked up or recorded again: convolutions are run as their backend prepared them, and they and
/// other operations write into memory that was planned by the time in which each value is needed. A call allocates its
/// results, and the values of the few operations that choose their own memory. Results are those of the operations one
/// by one, to the bit.
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
            /// One whose result is its input's memory in another shape.
            case view(any TensorOperation)
            case writer(ResultWriter)
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
        /// The positions of the outputs in the planned memory; nil for memory of their own.
        var offsets: [Int]?
        var outputSpecifications: [TensorSpecification]
        var observation: Observation
    }

    /// What observers are told of a step.
    struct Observation: Sendable {
        var work: ObservedWork
        /// 0 for another view of the same memory.
        var bytes: Int
        /// Of a convolution, the name of who calculates it.
        var backend: String?
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
                .forward, of: "conv2d", input: inputs[0].specification, weight: weight.shape, geometry: geometry,
                reading: inputs)
        }
    }

    /// The planned memory, with the tensors that are there in every call.
    private final class Workspace: @unchecked Sendable {
        // Sendable: one call at a time uses it.
        /// By number; nil where a value is not calculated yet, or not needed any more.
        var values: [Tensor?]
        /// Of each step the inputs and outputs that are the same in every call, where all are.
        private(set) var inputs: [[Tensor]?] = []
        private(set) var outputs: [[Tensor]?] = []
        /// What convolutions work in, one after the other.
        let scratch: UnsafeMutableRawPointer
        private let block: Storage

        init(_ steps: [Step], valueCount: Int, byteCount: Int, scratchByteCount: Int) {
            let block = Storage(byteCount: byteCount + scratchByteCount)
            self.block = block
            scratch = block.pointer + byteCount
            values = [Tensor?](repeating: nil, count: valueCount)
            for step in steps {
                let fixed = step.inputs.compactMap { PreparedCalculation.tensor($0, values) }
                let inputs = fixed.count == step.inputs.count ? fixed : nil
                var outputs: [Tensor]?
                if let offsets = step.offsets {
                    outputs = zip(offsets, step.outputSpecifications).map { offset, specification in
                        Tensor(
                            shape: specification.shape, dataType: specification.dataType,
                            contents: .values(Storage(borrowing: block.pointer + offset, from: block)))
                    }
                } else if case .view(let operation) = step.work, let inputs {
                    outputs = operation.outputs(of: inputs)
                }
                for (number, output) in zip(step.outputs, outputs ?? []) { values[number] = output }
                self.inputs.append(inputs)
                self.outputs.append(outputs)
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
    private let scratchByteCount: Int
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
        scratchByteCount =
            steps.map { step in if case .convolution(let it, _) = step.work { it.scratchByteCount } else { 0 } }.max()
            ?? 0
        self.workspaceByteCount = workspaceByteCount
    }

    /// Calculates the results of an input, which must look as ``input``. No gradient is recorded.
    public func callAsFunction(_ tensor: Tensor) -> [Tensor] {
        require(tensor.specification == input, "PreparedCalculation: \(tensor.specification), prepared for \(input)")
        nn_apply_thread_count()
        let workspace =
            workspaces.withLock { $0.popLast() }
            ?? Workspace(
                steps, valueCount: valueCount, byteCount: workspaceByteCount, scratchByteCount: scratchByteCount)
        workspace.values[inputNumber] = tensor.detached
        let observer = Engine.observer
        for index in steps.indices {
            if let observer { run(index, in: workspace, toldTo: observer) } else { run(index, in: workspace) }
        }
        let results = results.map { Self.value($0, workspace.values) }
        for source in self.results { if let number = source.number { workspace.values[number] = nil } }
        workspaces.withLock { $0.append(workspace) }
        return results
    }

    private func run(_ index: Int, in workspace: Workspace, toldTo observer: any WorkObserver) {
        let observation = steps[index].observation
        observer.begin(observation.work)
        run(index, in: workspace)
        observer.end(backend: observation.backend, bytes: observation.bytes)
    }

    private func run(_ index: Int, in workspace: Workspace) {
        let step = steps[index]
        func input(_ position: Int) -> Tensor { Self.value(step.inputs[position], workspace.values) }
        func allInputs() -> [Tensor] { workspace.inputs[index] ?? step.inputs.indices.map(input) }
        let planned = workspace.outputs[index]
        func allOutputs() -> [Tensor] {
            planned ?? step.outputSpecifications.map { Tensor(uninitialized: $0.shape, dataType: $0.dataType) }
        }
        let outputs: [Tensor]
        switch step.work {
        case .convolution(let convolution, let addsResidual):
            outputs = allOutputs()
            convolution.run(
                input(0), residual: addsResidual ? input(1) : nil, into: outputs[0], scratch: workspace.scratch)
        case .writer(let write):
            outputs = allOutputs()
            write(allInputs(), outputs)
        case .view(let operation):
            outputs = planned ?? operation.outputs(of: allInputs())
        case .call(let backend, let call, let addsResidual):
            let (images, residual) = (input(0), addsResidual ? input(1) : nil)
            func ask(_ backend: any Backend) -> Tensor? { call.output(of: images, residual: residual, by: backend) }
            outputs = [ask(backend) ?? Engine.first(call.work([images]), ask)]
        case .operation(let operation):
            outputs = operation.outputs(of: allInputs())
        }
        for (number, output) in zip(step.outputs, outputs) { workspace.values[number] = output }
        for number in step.released { workspace.values[number] = nil }
    }

    private static func value(_ source: Source, _ values: [Tensor?]) -> Tensor {
        guard let tensor = tensor(source, values) else { trap("PreparedCalculation: a value was released") }
        return tensor
    }

    /// nil where it is not calculated yet.
    private static func tensor(_ source: Source, _ values: [Tensor?]) -> Tensor? {
        switch source {
        case .constant(let tensor): tensor
        case .value(let number): values[number]
        }
    }
}

extension TensorOperation {
    /// The results of inputs that the shape rule has passed, without a record for gradients.
    func outputs(of inputs: [Tensor]) -> [Tensor] {
        var context = ForwardContext(operation: name)
        return forward(inputs, context: &context)
    }
}
