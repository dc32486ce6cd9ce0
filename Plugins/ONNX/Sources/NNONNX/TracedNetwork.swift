import NNLayers

/// The calculation of a network, as recorded by traces with images of several sizes.
struct TracedNetwork {
    /// The steps that lead to the result, in order.
    let steps: [TracedStep]
    /// The number of the images among the values.
    let input: Int
    /// The number of the result among the values.
    let output: Int
    let inputShape: [TracedLength]
    let outputShape: [TracedLength]

    /// - Parameters:
    ///   - shapes: The shapes of the images `[N, H, W, C]`, one for each trace.
    ///   - usual: The shape of the images that the network was made for, whose calculation must be the same.
    /// - Throws: ``SizeDependence`` if the traces differ, `ShapeError` if the images do not fit.
    init(_ network: Network, shapes: [Shape], usual: Shape) throws {
        var traces: [[Trace.Step]] = []
        var ends: [(input: Int?, output: Int?, shape: Shape)] = []
        for shape in shapes {
            let record = try TraceRecord(network, shape)
            traces.append(record.steps)
            ends.append((record.input, record.output, record.outputShape))
        }
        guard Set(traces.map(\.count)).count == 1, Set(ends.map(\.output)).count == 1 else {
            throw SizeDependence("the network calculates differently at other sizes")
        }
        guard let input = ends[0].input, let output = ends[0].output else {
            throw ONNXExportError("the network's result does not depend on the images; there is nothing to export")
        }
        self.input = input
        self.output = output
        inputShape = shapes[0].indices.map { axis in TracedLength(shapes.map { $0[axis] }) }
        outputShape = ends[0].shape.indices.map { axis in TracedLength(ends.map { $0.shape[axis] }) }
        let joined = try traces[0].indices.map { index in try TracedStep(traces.map { $0[index] }) }
        try TraceRecord(network, usual).check(isLike: joined, from: input, to: output)
        steps = Self.needed(joined, for: output)
    }

    /// The steps without those whose results are unused.
    private static func needed(_ steps: [TracedStep], for output: Int) -> [TracedStep] {
        var values: Set = [output]
        var kept: [TracedStep] = []
        for step in steps.reversed() where !values.isDisjoint(with: step.outputs) {
            values.formUnion(step.inputs.compactMap { $0 })
            kept.append(step)
        }
        return kept.reversed()
    }

    /// The indices of convolutions, with those of the batch normalizations that can be folded into them: they normalize by
    /// constants, and nothing else uses the result of the convolution.
    var foldableConvolutions: [Int: Int] {
        var useCounts: [Int: Int] = [output: 1]
        for value in steps.flatMap(\.inputs) { if let value { useCounts[value, default: 0] += 1 } }
        var makers: [Int: Int] = [:]
        for (index, step) in steps.enumerated() where ["conv2d", "conv_transposed2d"].contains(step.name) {
            makers[step.outputs[0]] = index
        }
        var result: [Int: Int] = [:]
        for (index, step) in steps.enumerated() where step.name == "batch_norm" {
            let residuals = step.attributes[0]["has_residual"] == .bool(true) ? [3] : []
            let constants = step.inputs.indices.dropFirst().filter { !residuals.contains($0) }
            guard let source = step.inputs[0], let maker = makers[source], useCounts[source] == 1,
                constants.count == 4, constants.allSatisfy({ step.constants[$0] != nil }),
                steps[maker].inputs.indices.dropFirst().allSatisfy({ steps[maker].constants[$0] != nil })
            else { continue }
            result[maker] = index
        }
        return result
    }
}

/// An operation of a network, as recorded by several traces.
struct TracedStep {
    /// The operation in each trace; only attributes that depend on the images differ.
    let operations: [any TensorOperation]
    /// The numbers of its input values; nil for constants.
    let inputs: [Int?]
    let outputs: [Int]
    let inputShapes: [[TracedLength]]
    let outputShapes: [[TracedLength]]
    let inputTypes: [DataType]
    let outputTypes: [DataType]
    let constants: [Int: Tensor]

    var name: String { operations[0].name }
    var attributes: [[String: OperationAttribute]] { operations.map(\.attributes) }

    /// Joins the records of one step.
    /// - Throws: ``SizeDependence`` if they are not of the same calculation.
    init(_ steps: [Trace.Step]) throws(SizeDependence) {
        let first = steps[0]
        for step in steps.dropFirst() {
            guard step.operation.name == first.operation.name, step.inputs == first.inputs,
                step.outputs == first.outputs,
                zip(
                    step.inputSpecifications + step.outputSpecifications,
                    first.inputSpecifications + first.outputSpecifications
                ).allSatisfy({ $0.shape.rank == $1.shape.rank && $0.dataType == $1.dataType })
            else {
                throw SizeDependence(
                    "the network calculates differently from '\(first.operation.name)' on, in place of which other sizes have "
                        + "'\(step.operation.name)'")
            }
            guard step.constants.allSatisfy({ first.constants[$0]?.holdsTheSame(as: $1) == true }) else {
                throw SizeDependence("a constant of '\(first.operation.name)' depends on the images")
            }
        }
        operations = steps.map(\.operation)
        inputs = first.inputs
        outputs = first.outputs
        constants = first.constants
        inputShapes = Self.shapes(steps.map(\.inputSpecifications))
        outputShapes = Self.shapes(steps.map(\.outputSpecifications))
        inputTypes = first.inputSpecifications.map(\.dataType)
        outputTypes = first.outputSpecifications.map(\.dataType)
    }

    private static func shapes(_ specifications: [[TensorSpecification]]) -> [[TracedLength]] {
        specifications[0].enumerated().map { index, first in
            first.shape.indices.map { axis in TracedLength(specifications.map { $0[index].shape[axis] }) }
        }
    }
}

extension Tensor {
    /// Whether the values are the same; those that share memory are not compared.
    func holdsTheSame(as other: Tensor) -> Bool {
        guard specification == other.specification else { return false }
        return withUnsafeBytes { bytes in
            other.withUnsafeBytes { bytes.baseAddress == $0.baseAddress || bytes.elementsEqual($0) }
        }
    }
}

/// The calculation of a network for images of one size.
struct TraceRecord {
    let steps: [Trace.Step]
    let input: Int?
    let output: Int?
    let outputShape: Shape

    /// - Throws: `ShapeError` if the images do not fit.
    init(_ network: Network, _ shape: Shape) throws {
        let trace = Trace()
        let images = trace.input(TensorSpecification(shape: shape))
        let result = withoutGradients { network(images, .inference()) }
        try trace.check()
        steps = trace.steps
        (input, output, outputShape) = (trace.number(of: images), trace.number(of: result), result.shape)
    }

    /// Checks that this is the calculation of other traces, so that a file written from those is right here.
    ///
    /// A resize may be missing: heads skip it if a map has the right size already, and then it changes nothing.
    /// - Throws: ``SizeDependence``
    func check(isLike other: [TracedStep], from otherInput: Int, to otherOutput: Int) throws(SizeDependence) {
        var numbers = [otherInput: input]
        var rest = steps[...]
        for step in other {
            let inputs = step.inputs.map { $0.flatMap { numbers[$0] ?? nil } }
            if let next = rest.first, next.operation.name == step.name, next.inputs == inputs {
                try check(next, hasTheAttributesOf: step)
                for (one, another) in zip(step.outputs, next.outputs) { numbers[one] = another }
                rest.removeFirst()
            } else if step.name == "resize" {
                numbers[step.outputs[0]] = inputs[0]
            } else {
                throw SizeDependence("the network calculates differently from '\(step.name)' on at other sizes")
            }
        }
        guard rest.isEmpty, numbers[otherOutput] == output else {
            throw SizeDependence("the network calculates differently at other sizes")
        }
    }

    private func check(_ step: Trace.Step, hasTheAttributesOf other: TracedStep) throws(SizeDependence) {
        let attributes = step.operation.attributes
        for (name, value) in other.attributes[0] where other.attributes.allSatisfy({ $0[name] == value }) {
            guard attributes[name] == value else {
                throw SizeDependence("'\(name)' of '\(step.operation.name)' depends on the images")
            }
        }
        guard step.constants.allSatisfy({ other.constants[$0]?.holdsTheSame(as: $1) == true }) else {
            throw SizeDependence("a constant of '\(step.operation.name)' depends on the images")
        }
    }
}
