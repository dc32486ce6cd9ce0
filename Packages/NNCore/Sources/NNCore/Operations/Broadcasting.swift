import CNNKernels

extension Shape {
    /// The common shape of operands that are repeated along dimensions of length 1 or that they lack, by
    /// NumPy's rules.
    static func broadcast(_ shapes: [Shape], operation: String) throws(ShapeError) -> Shape {
        let rank = shapes.map(\.rank).max() ?? 0
        var result = [Int](repeating: 1, count: rank)
        for shape in shapes {
            for (position, length) in zip((rank - shape.rank)..., shape) where length != 1 {
                guard result[position] == 1 || result[position] == length else {
                    let list = shapes.map(\.description).joined(separator: " and ")
                    throw ShapeError(operation: operation, reason: "\(list) do not broadcast to one shape")
                }
                result[position] = length
            }
        }
        return Shape(result)
    }

    /// The strides with which a tensor of this shape is walked along `target`; 0 where it is repeated.
    func strides(broadcastTo target: Shape) -> [Int] {
        let missing = target.rank - rank
        return [Int](repeating: 0, count: missing)
            + zip(strides, indices).map { stride, index in
                self[index] == 1 && target[index + missing] != 1 ? 0 : stride
            }
    }
}

/// How kernels walk operands of different shapes along their common result: dimensions joined where
/// all operands go on without a step.
struct BroadcastWalk: Sendable {
    private(set) var lengths: [Int64] = []
    /// For each operand, in elements; 0 where it is repeated.
    private(set) var strides: [[Int64]]

    var rank: Int32 { Int32(lengths.count) }

    init(over shape: Shape, operands: [Shape]) {
        let all = operands.map { $0.strides(broadcastTo: shape) }
        strides = operands.map { _ in [] }
        for (dimension, length) in shape.enumerated() where length != 1 {
            let isJoined =
                lengths.last != nil
                && zip(all, strides).allSatisfy { Int64($0[dimension] * length) == $1.last! }
            if isJoined {
                lengths[lengths.count - 1] *= Int64(length)
            } else {
                lengths.append(Int64(length))
            }
            for operand in strides.indices {
                if isJoined { strides[operand].removeLast() }
                strides[operand].append(Int64(all[operand][dimension]))
            }
        }
        if lengths.isEmpty {
            lengths = [1]
            strides = operands.map { _ in [0] }
        }
        require(
            lengths.count <= Int(NN_MAXIMUM_RANK), "broadcast: \(operands) to \(shape) alternate in too many dimensions"
        )
    }

    /// Calls the kernel for functions of two numbers.
    func combine(_ left: Tensor, _ right: Tensor, function: Int, into result: Tensor) {
        nn_binary(
            Int32(function), left.dataType.kernelCode, result.unsafePointer, left.unsafePointer, right.unsafePointer,
            rank, lengths, strides[0], strides[1])
    }
}

/// Repeats a tensor along dimensions of length 1 or that it lacks.
struct Broadcast: TensorOperation {
    let name = "broadcast"
    let shape: Shape

    var attributes: [String: OperationAttribute] { ["shape": .ints(shape.dimensions)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        guard try Shape.broadcast([inputs[0].shape, shape], operation: name) == shape else {
            throw ShapeError(operation: name, reason: "\(inputs[0].shape) does not broadcast to \(shape)")
        }
        return [TensorSpecification(shape: shape, dataType: inputs[0].dataType)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let input = inputs[0]
        guard input.shape != shape else { return [input] }
        let result = Tensor(uninitialized: shape, dataType: input.dataType)
        let layout = ElementLayout(strides: input.shape.strides(broadcastTo: shape))
        copyBlock(of: shape, from: input, sourceLayout: layout, to: result)
        return [result]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradient = context.takeGradient()
        return [gradient.summed(to: context.input(0).shape)]
    }
}

extension Tensor {
    /// The tensor repeated along dimensions of length 1 or that it lacks, by NumPy's rules.
    public func broadcast(to shape: Shape) -> Tensor { Broadcast(shape: shape).apply(to: self) }

    /// The sum over the dimensions along which a tensor of `shape` was repeated: the pullback of broadcasting.
    func summed(to shape: Shape) -> Tensor {
        guard self.shape != shape else { return self }
        let missing = rank - shape.rank
        let axes = self.shape.indices.filter { $0 < missing || shape[$0 - missing] != self.shape[$0] }
        return sum(axes: axes).viewed(as: shape)
    }
}
