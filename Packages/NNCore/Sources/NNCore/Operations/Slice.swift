/// Takes every step-th element between bounds along each dimension.
struct Slice: PlacedOperation {
    /// What is taken along one dimension.
    struct Section: Hashable, Sendable {
        var lower: Int
        /// Not taken itself.
        var upper: Int
        var step = 1
        /// How many elements there are.
        var count: Int { upper > lower ? (upper - lower - 1) / step + 1 : 0 }
    }

    let name = "slice"
    /// One for each dimension.
    let sections: [Section]

    var attributes: [String: OperationAttribute] {
        [
            "lower": .ints(sections.map(\.lower)), "upper": .ints(sections.map(\.upper)),
            "steps": .ints(sections.map(\.step)),
        ]
    }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let input = inputs[0].shape
        guard sections.count == input.rank else {
            throw ShapeError(operation: name, reason: "\(sections.count) ranges for the dimensions of \(input)")
        }
        for (axis, section) in sections.enumerated() {
            guard section.step > 0 else {
                throw ShapeError(
                    operation: name, reason: "step \(section.step) along axis \(axis); it must be 1 or more")
            }
            guard 0 <= section.lower, section.lower <= section.upper, section.upper <= input[axis] else {
                throw ShapeError(
                    operation: name,
                    reason: "\(section.lower)..<\(section.upper) is not within axis \(axis) of \(input)")
            }
        }
        return [TensorSpecification(shape: Shape(sections.map(\.count)), dataType: inputs[0].dataType)]
    }

    func writer(for inputs: [TensorSpecification]) -> ResultWriter? {
        let input = inputs[0].shape
        let isWhole = zip(sections, input).allSatisfy { $0.step == 1 && $0.count == $1 }
        if isWhole { return nil }  // of shapes alone it is recorded for every range
        let shape = Shape(sections.map(\.count))
        let copy = BlockCopy(of: shape, from: layout(in: input), to: ElementLayout(strides: shape.strides))
        return { inputs, results in copy.run(from: inputs[0], to: results[0]) }
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradient = context.takeGradient()
        let result = Tensor.zeros(context.input(0).shape, dataType: gradient.dataType)
        copyBlock(of: gradient.shape, from: gradient, to: result, targetLayout: layout(in: result.shape))
        return [result]
    }

    /// The positions of the elements in a tensor of `shape`.
    private func layout(in shape: Shape) -> ElementLayout {
        let strides = zip(sections, shape.strides)
        return ElementLayout(
            offset: strides.reduce(0) { $0 + $1.0.lower * $1.1 },
            strides: strides.map { $0.count > 1 ? $0.step * $1 : $1 })
    }
}

extension Tensor {
    /// Every `step`-th element of a range along one axis; the other dimensions are taken whole.
    public func slice(axis: Int, range: Range<Int>, step: Int = 1) -> Tensor {
        var sections = shape.map { Slice.Section(lower: 0, upper: $0) }
        guard let axis = resolvedAxis(axis, rank: rank) else {
            return Refused(name: "slice", reason: "\(shape) has no axis \(axis)").apply(to: self)
        }
        if !isSymbolic, range == 0..<shape[axis], step == 1 { return self }
        sections[axis] = Slice.Section(lower: range.lowerBound, upper: range.upperBound, step: step)
        return Slice(sections: sections).apply(to: self)
    }
}

/// What was asked for with settings from which no operation can be made: its shape rule says why.
struct Refused: TensorOperation {
    let name: String
    let reason: String

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        throw ShapeError(operation: name, reason: reason)
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] { inputs }
    func backward(context: inout BackwardContext) -> [Tensor?] { [nil] }
}
