import CNNKernels

/// Sum, mean, maximum, minimum or product over some dimensions.
struct Reduction: TensorOperation {
    enum Function {
        case sum, mean, maximum, minimum, product

        var kernelCode: Int {
            switch self {
            case .sum, .mean: NN_REDUCE_SUM
            case .maximum: NN_REDUCE_MAXIMUM
            case .minimum: NN_REDUCE_MINIMUM
            case .product: NN_REDUCE_PRODUCT
            }
        }
    }

    let function: Function
    /// The dimensions, those from the end as negative numbers; nil for all.
    var axes: [Int]?
    /// Whether they stay with length 1.
    var keepsDimensions = false

    var name: String { "\(function)" }

    var attributes: [String: OperationAttribute] {
        var result: [String: OperationAttribute] = ["keeps_dimensions": .bool(keepsDimensions)]
        if let axes { result["axes"] = .ints(axes) }
        return result
    }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let input = inputs[0]
        for axis in axes ?? [] where resolvedAxis(axis, rank: input.shape.rank) == nil {
            throw ShapeError(operation: name, reason: "\(input.shape) has no axis \(axis)")
        }
        if let axes, Set(axes.map { $0 < 0 ? $0 + input.shape.rank : $0 }).count < axes.count {
            throw ShapeError(operation: name, reason: "an axis of \(input.shape) appears twice in \(axes)")
        }
        if function == .mean { _ = try input.floatingPoint(for: name) }
        let isReduced = reducedDimensions(of: input.shape)
        if function == .maximum || function == .minimum,
            zip(input.shape, isReduced).contains(where: { $0 == 0 && $1 })
        {
            throw ShapeError(operation: name, reason: "\(input.shape) has no elements to compare")
        }
        let lengths = zip(input.shape, isReduced).compactMap { length, isReduced in
            isReduced ? (keepsDimensions ? 1 : nil) : length
        }
        return [TensorSpecification(shape: Shape(lengths), dataType: resultType(for: input.dataType))]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let input = inputs[0]
        let isReduced = reducedDimensions(of: input.shape)
        // Dimensions as runs that are reduced or kept as one; one pass for each reduced run, last first.
        var runs: [(length: Int, isReduced: Bool)] = []
        for (length, isReduced) in zip(input.shape, isReduced) where length != 1 {
            if let last = runs.last, last.isReduced == isReduced {
                runs[runs.count - 1].length *= length
            } else {
                runs.append((length, isReduced))
            }
        }
        let resultType = resultType(for: input.dataType)
        let wideType: DataType = resultType == .bfloat16 ? .float32 : resultType
        let count = runs.reduce(1) { $1.isReduced ? $0 * $1.length : $0 }
        var current = input
        repeat {
            let last = runs.lastIndex { $0.isReduced } ?? runs.count
            let isFinal = !runs[..<last].contains { $0.isReduced }
            let outer = runs[..<last].reduce(1) { $0 * $1.length }
            let inner = runs[last...].dropFirst().reduce(1) { $0 * $1.length }
            let next = Tensor(uninitialized: [outer, inner], dataType: isFinal ? resultType : wideType)
            nn_reduce(
                Int32(function.kernelCode), isFinal && function == .mean ? 1 / Double(count) : 1,
                next.dataType.kernelCode, next.unsafePointer, current.dataType.kernelCode, current.unsafePointer,
                Int64(outer), Int64(last < runs.count ? runs[last].length : 1), Int64(inner))
            if last < runs.count { runs.remove(at: last) }
            current = next
        } while runs.contains { $0.isReduced }
        let kept = keptShape(of: input.shape)
        let shape = keepsDimensions ? kept : Shape(zip(kept, isReduced).filter { !$0.1 }.map(\.0))
        let result = current.viewed(as: shape)
        if function == .maximum || function == .minimum { context.save(input, result) }
        if function == .product { context.save(input) }
        return [result]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let shape = context.input(0).shape
        let kept = keptShape(of: shape)
        let gradient = context.takeGradient().viewed(as: kept)
        switch function {
        case .sum: return [gradient.broadcast(to: shape)]
        case .mean:
            let count = shape.elementCount / max(kept.elementCount, 1)
            return [(gradient / Float(count)).broadcast(to: shape)]
        case .maximum, .minimum:
            let mask = context.saved(0).isEqual(to: context.saved(1).viewed(as: kept))
            let ties = mask.sum(axes: axes ?? Array(shape.indices), keepsDimensions: true)
            return [mask * (gradient / ties)]
        case .product: return [productGradient(gradient, of: context.saved(0))]
        }
    }

    /// The gradient times the product of all other elements: that of all, divided by the element. Beside a single 0
    /// it is the product without the 0, and 0 for the others; beside several it is 0 for all.
    private func productGradient(_ gradient: Tensor, of input: Tensor) -> Tensor {
        let axes = axes ?? Array(input.shape.indices)
        let values = input.cast(to: .float32)
        let (zero, one) = (Tensor(scalar: Float(0)), Tensor(scalar: Float(1)))
        let isZero = values.isEqual(to: 0)
        let zeros = isZero.sum(axes: axes, keepsDimensions: true)
        let product = Tensor.select(isZero, one, values).product(axes: axes, keepsDimensions: true)
        let slopes = Tensor.select(
            isZero, Tensor.select(zeros.isEqual(to: 1), product, zero),
            Tensor.select(zeros.isEqual(to: 0), product / values, zero))
        return (gradient.cast(to: .float32) * slopes).cast(to: gradient.dataType)
    }

    private func reducedDimensions(of shape: Shape) -> [Bool] {
        guard let axes else { return shape.map { _ in true } }
        let resolved = Set(axes.map { $0 < 0 ? $0 + shape.rank : $0 })
        return shape.indices.map(resolved.contains)
    }

    /// The shape with length 1 in the reduced dimensions.
    private func keptShape(of shape: Shape) -> Shape {
        Shape(zip(shape, reducedDimensions(of: shape)).map { $1 ? 1 : $0 })
    }

    private func resultType(for dataType: DataType) -> DataType {
        (function == .sum || function == .product) && !dataType.isFloatingPoint ? .int64 : dataType
    }
}

extension Tensor {
    /// The sum of all elements, of rank 0.
    ///
    /// Floats keep their type, bfloat16 is summed in float32; integers give int64, exactly: read it by
    /// ``item(as:)``.
    public func sum() -> Tensor { Reduction(function: .sum).apply(to: self) }

    /// The sums over some dimensions; types as in ``sum()``.
    public func sum(axes: [Int], keepsDimensions: Bool = false) -> Tensor {
        Reduction(function: .sum, axes: axes, keepsDimensions: keepsDimensions).apply(to: self)
    }

    /// The mean of all elements, of rank 0.
    public func mean() -> Tensor { Reduction(function: .mean).apply(to: self) }

    /// The means over some dimensions.
    public func mean(axes: [Int], keepsDimensions: Bool = false) -> Tensor {
        Reduction(function: .mean, axes: axes, keepsDimensions: keepsDimensions).apply(to: self)
    }

    /// The greatest element, of rank 0; NaN if one is. Equal ones share the gradient.
    public func max() -> Tensor { Reduction(function: .maximum).apply(to: self) }

    /// The greatest elements over some dimensions; NaN if one is. Equal ones share the gradient.
    public func max(axes: [Int], keepsDimensions: Bool = false) -> Tensor {
        Reduction(function: .maximum, axes: axes, keepsDimensions: keepsDimensions).apply(to: self)
    }

    /// The smallest element, of rank 0; NaN if one is. Equal ones share the gradient.
    public func min() -> Tensor { Reduction(function: .minimum).apply(to: self) }

    /// The smallest elements over some dimensions; NaN if one is. Equal ones share the gradient.
    public func min(axes: [Int], keepsDimensions: Bool = false) -> Tensor {
        Reduction(function: .minimum, axes: axes, keepsDimensions: keepsDimensions).apply(to: self)
    }

    /// The product of all elements, of rank 0; 1 of none. Floats keep their type, integers give int64 and wrap around.
    public func product() -> Tensor { Reduction(function: .product).apply(to: self) }

    /// The products over some dimensions; types as in ``product()``.
    public func product(axes: [Int], keepsDimensions: Bool = false) -> Tensor {
        Reduction(function: .product, axes: axes, keepsDimensions: keepsDimensions).apply(to: self)
    }
}
