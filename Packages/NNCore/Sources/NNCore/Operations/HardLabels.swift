import CNNKernels

/// Keeps the labels that softmax(logits) predicts with little confidence, and replaces the others.
struct HardLabels: TensorOperation {
    let name = "hard_labels"
    let threshold: Float
    let minimumCount: Int
    let ignoreIndex: Int?
    let replacement: Int

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        try inputs[0].checkLabels(inputs[1], ignoreIndex: ignoreIndex, for: name)
        if let problem = NumberRule.fraction.problem(with: threshold)
            ?? NumberRule.notNegative.problem(with: minimumCount)
        {
            throw ShapeError(operation: name, reason: "threshold or minimumCount \(problem)")
        }
        guard Int32(exactly: replacement) != nil else {
            throw ShapeError(operation: name, reason: "replacement \(replacement) is not a value of int32")
        }
        return [TensorSpecification(shape: inputs[1].shape, dataType: .int32)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let logits = inputs[0]
        let classCount = Int32(logits.shape[-1])
        let labels = inputs[1].classIndices(classCount: Int(classCount), operation: name)
        let pointer = labels.unsafePointer.assumingMemoryBound(to: Int32.self)
        labels.requireClasses(unless: ignoreIndex, classCount: Int(classCount), operation: name)
        var job = nn_cross_entropy(
            rows: Int64(labels.elementCount), classes: Int64(classCount),
            is_bfloat16: logits.dataType == .bfloat16 ? 1 : 0, logits: logits.unsafePointer, labels: pointer,
            class_weights: nil, label_smoothing: 0, gamma: 0, ignore_index: kernelIndex(ignoreIndex))
        let bad = labels.withScalars(as: Int32.self) { labels in
            labels.firstIndex { $0 != kernelIndex(ignoreIndex) && !(0..<classCount).contains($0) }
        }
        labels.preconditionClasses(Int64(bad ?? -1), classCount: Int(classCount), operation: name)
        let probabilities = Tensor(uninitialized: labels.shape)
        nn_label_probabilities(&job, probabilities.floatPointer)
        let result = Tensor(uninitialized: labels.shape, dataType: .int32)
        nn_hard_labels(
            probabilities.floatPointer, pointer, job.rows, threshold, Int64(minimumCount), Int32(replacement),
            result.unsafePointer.assumingMemoryBound(to: Int32.self))
        return [result]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] { [nil, nil] }
}

extension Tensor {
    /// Class indices, int32, with `replacement` for those that softmax of these logits, `[..., classes]`, predicts
    /// well: with a probability of at least `threshold`, and more than the `minimumCount` smallest ones.
    ///
    /// - Parameters:
    ///   - labels: `[...]` int32 or int64.
    ///   - ignoreIndex: Positions with this label do not count; they become `replacement` too.
    public func hardLabels(
        _ labels: Tensor, threshold: Float, minimumCount: Int, ignoreIndex: Int? = nil, replacement: Int
    ) -> Tensor {
        HardLabels(
            threshold: threshold, minimumCount: minimumCount, ignoreIndex: ignoreIndex, replacement: replacement
        ).apply(to: self, labels)
    }
}
