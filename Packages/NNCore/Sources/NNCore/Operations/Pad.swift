import CNNKernels

/// Puts a constant around a tensor.
struct Pad: PlacedOperation {
    /// How many elements are added along one dimension.
    struct Widths: Hashable, Sendable {
        var before: Int
        var after: Int
    }

    let name = "pad"
    /// One for each dimension.
    let widths: [Widths]
    let value: Float

    var attributes: [String: OperationAttribute] {
        ["before": .ints(widths.map(\.before)), "after": .ints(widths.map(\.after)), "value": .float(value)]
    }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let input = inputs[0]
        let possible = 0...1 << 48
        guard widths.count == input.shape.rank,
            widths.allSatisfy({ possible.contains($0.before) && possible.contains($0.after) })
        else {
            let pairs = widths.map { "(\($0.before), \($0.after))" }.joined(separator: ", ")
            throw ShapeError(operation: name, reason: "widths \(pairs) for the dimensions of \(input.shape)")
        }
        guard input.dataType.holds(value) else {
            throw ShapeError(operation: name, reason: "\(value) is not a value of \(input.dataType)")
        }
        // Larger whole numbers may have been rounded on their way through `Float`.
        guard input.dataType.isFloatingPoint || abs(value) < 0x1p24 else {
            throw ShapeError(
                operation: name, reason: "\(value) may have been rounded, and \(input.dataType) holds integers")
        }
        return [TensorSpecification(shape: paddedShape(input.shape), dataType: input.dataType)]
    }

    func writer(for inputs: [TensorSpecification]) -> ResultWriter? {
        let (shape, dataType) = (inputs[0].shape, inputs[0].dataType)
        let element = Tensor.full([1], value: value, dataType: dataType)
        let copy = BlockCopy(
            of: shape, from: ElementLayout(strides: shape.strides), to: layout(in: paddedShape(shape)))
        return { inputs, results in
            let result = results[0]
            nn_fill(
                result.unsafePointer, element.unsafePointer, Int64(dataType.byteCount), Int64(result.elementCount))
            copy.run(from: inputs[0], to: result)
        }
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradient = context.takeGradient()
        let result = Tensor(uninitialized: context.input(0).shape, dataType: gradient.dataType)
        copyBlock(of: result.shape, from: gradient, sourceLayout: layout(in: gradient.shape), to: result)
        return [result]
    }

    private func paddedShape(_ shape: Shape) -> Shape {
        Shape(zip(shape, widths).map { $0 + $1.before + $1.after })
    }

    /// The position of the input in the result.
    private func layout(in shape: Shape) -> ElementLayout {
        let strides = shape.strides
        return ElementLayout(offset: zip(widths, strides).reduce(0) { $0 + $1.0.before * $1.1 }, strides: strides)
    }
}

extension Tensor {
    /// The tensor with `value` before and after it along each dimension; `widths` has one pair for each. Integer
    /// tensors take whole numbers of their type, below 2^24, up to where `Float` has them all.
    public func padded(_ widths: [(before: Int, after: Int)], value: Float = 0) -> Tensor {
        return Pad(widths: widths.map { Pad.Widths(before: $0.before, after: $0.after) }, value: value).apply(to: self)
    }
}
