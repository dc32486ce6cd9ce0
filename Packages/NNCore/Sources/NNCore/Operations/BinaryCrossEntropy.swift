import CNNKernels

/// Binary cross entropy between sigmoid(logits) and class indices, one class against the others.
struct BinaryCrossEntropy: TensorOperation {
    let name = "binary_cross_entropy"
    let ignoreIndex: Int?

    // Inputs: logits, labels, weights of positives.
    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        try inputs[0].checkLabels(inputs[1], ignoreIndex: ignoreIndex, for: name)
        guard inputs[2] == TensorSpecification(shape: [inputs[0].shape[-1]]) else {
            throw ShapeError(
                operation: name, reason: "\(inputs[2]) weights of positives for \(inputs[0].shape[-1]) logits")
        }
        return [TensorSpecification(shape: [])]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let (logits, weights) = (inputs[0], inputs[2])
        let columns = logits.shape[-1]
        let labels = inputs[1].classIndices(classCount: Swift.max(columns, 2), operation: name)
        labels.requireClasses(unless: ignoreIndex, classCount: Swift.max(columns, 2), operation: name)
        var job = kernel(logits, labels, weights)
        var (loss, rows) = (0.0, 0.0)
        let badRow = nn_binary_cross_entropy_forward(&job, &loss, &rows)
        labels.preconditionClasses(badRow, classCount: Swift.max(columns, 2), operation: name)
        context.save(logits, labels, weights, Tensor(scalar: Float(rows)))
        return [Tensor(scalar: rows > 0 ? Float(loss / (rows * Double(columns))) : 0)]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let (logits, labels, weights) = (context.saved(0), context.saved(1), context.saved(2))
        let count = context.saved(3).item * Float(logits.shape[-1])
        let gradient = Tensor(uninitialized: logits.shape, dataType: logits.dataType)
        var job = kernel(logits, labels, weights)
        let factor = count > 0 ? context.takeGradient().item / count : 0
        nn_binary_cross_entropy_backward(&job, factor, gradient.unsafePointer)
        return [gradient, nil, nil]
    }

    private func kernel(_ logits: Tensor, _ labels: Tensor, _ weights: Tensor) -> nn_binary_cross_entropy {
        nn_binary_cross_entropy(
            rows: Int64(labels.elementCount), columns: Int64(logits.shape[-1]),
            is_bfloat16: logits.dataType == .bfloat16 ? 1 : 0, logits: logits.unsafePointer,
            labels: labels.unsafePointer.assumingMemoryBound(to: Int32.self),
            positive_weights: weights.floatPointer, ignore_index: kernelIndex(ignoreIndex))
    }
}

extension Tensor {
    /// The mean binary cross entropy between sigmoid of these logits and class indices.
    ///
    /// Logits `[..., 1]` are those of class 1 of two; `[..., classes]` those of each class against all
    /// others. Calculated in float32 for any type of logits.
    /// - Parameters:
    ///   - labels: `[...]` int32 or int64.
    ///   - positiveWeights: `[classes]` float32: weights of the terms where the class is the label; nil for 1.
    ///   - ignoreIndex: Positions with this label do not count.
    /// - Returns: A float32 scalar; 0 where every label is ignored.
    public func binaryCrossEntropy(
        labels: Tensor, positiveWeights: Tensor? = nil, ignoreIndex: Int? = nil
    ) -> Tensor {
        let weights = positiveWeights ?? .ones(rank == 0 ? [] : [shape[-1]])
        return BinaryCrossEntropy(ignoreIndex: ignoreIndex).apply(to: self, labels, weights)
    }
}
