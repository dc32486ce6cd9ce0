import CNNKernels

/// Cross entropy between softmax(logits) and class indices, without the softmax ever being stored.
struct SoftmaxCrossEntropy: TensorOperation {
    let name = "softmax_cross_entropy"
    var labelSmoothing: Float = 0
    /// The exponent of the focal loss; 0 for plain cross entropy.
    var gamma: Float = 0
    let ignoreIndex: Int?
    let hasClassWeights: Bool

    // Inputs: logits, labels, then class weights where there are some.
    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let logits = inputs[0]
        try logits.checkLabels(inputs[1], ignoreIndex: ignoreIndex, for: name)
        for (setting, problem) in [
            ("labelSmoothing", NumberRule.fraction.problem(with: labelSmoothing)),
            ("gamma", NumberRule.notNegative.problem(with: gamma)),
        ] {
            if let problem { throw ShapeError(operation: name, reason: "\(setting) \(problem)") }
        }
        if hasClassWeights, inputs[2] != TensorSpecification(shape: [logits.shape[-1]]) {
            throw ShapeError(operation: name, reason: "class weights \(inputs[2]) for \(logits.shape[-1]) classes")
        }
        return [TensorSpecification(shape: [])]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let logits = inputs[0]
        let labels = inputs[1].classIndices(classCount: logits.shape[-1], operation: name)
        let classWeights = hasClassWeights ? inputs[2] : nil
        labels.requireClasses(unless: ignoreIndex, classCount: logits.shape[-1], operation: name)
        var job = kernel(logits, labels, classWeights)
        var (loss, weight) = (0.0, 0.0)
        let badRow = nn_cross_entropy_forward(&job, &loss, &weight)
        labels.preconditionClasses(badRow, classCount: logits.shape[-1], operation: name)
        context.save(logits, labels, Tensor(scalar: Float(weight)))
        if let classWeights { context.save(classWeights) }
        // Not `weight > 0`, which would hide weights that are not numbers.
        return [Tensor(scalar: weight == 0 ? 0 : Float(loss / weight))]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let (logits, labels, weight) = (context.saved(0), context.saved(1), context.saved(2).item)
        let classWeights = hasClassWeights ? context.saved(3) : nil
        let gradient = Tensor(uninitialized: logits.shape, dataType: logits.dataType)
        var job = kernel(logits, labels, classWeights)
        let factor = weight == 0 ? 0 : context.takeGradient().item / weight
        nn_cross_entropy_backward(&job, factor, gradient.unsafePointer)
        return [gradient, nil] + (hasClassWeights ? [nil] : [])
    }

    private func kernel(_ logits: Tensor, _ labels: Tensor, _ classWeights: Tensor?) -> nn_cross_entropy {
        nn_cross_entropy(
            rows: Int64(labels.elementCount), classes: Int64(logits.shape[-1]),
            is_bfloat16: logits.dataType == .bfloat16 ? 1 : 0, logits: logits.unsafePointer,
            labels: labels.unsafePointer.assumingMemoryBound(to: Int32.self),
            class_weights: classWeights.map { UnsafePointer($0.floatPointer) }, label_smoothing: labelSmoothing,
            gamma: gamma, ignore_index: kernelIndex(ignoreIndex))
    }
}

extension Tensor {
    /// The mean cross entropy between softmax of these logits, `[..., classes]`, and class indices.
    ///
    /// Weights, smoothing and ignored labels are those of PyTorch's `cross_entropy`, except that the loss
    /// is 0, not NaN, where every label is ignored. Calculated in float32 for any type of logits.
    /// - Parameters:
    ///   - labels: `[...]` int32 or int64.
    ///   - labelSmoothing: The share of the target that is spread over all classes (Szegedy et al. 2016).
    ///   - classWeights: `[classes]`, float32; the mean is over the weights of the labels.
    ///   - ignoreIndex: Positions with this label do not count.
    /// - Returns: A float32 scalar.
    public func softmaxCrossEntropy(
        labels: Tensor, labelSmoothing: Float = 0, classWeights: Tensor? = nil, ignoreIndex: Int? = nil
    ) -> Tensor {
        SoftmaxCrossEntropy(
            labelSmoothing: labelSmoothing, ignoreIndex: ignoreIndex, hasClassWeights: classWeights != nil
        ).apply(to: [self, labels] + (classWeights.map { [$0] } ?? []))[0]
    }

    /// The focal loss (Lin et al. 2017) over softmax of these logits, `[..., classes]`: the cross entropy of
    /// each position times (1 - p)^gamma with the probability p of its label, averaged as in
    /// ``softmaxCrossEntropy(labels:labelSmoothing:classWeights:ignoreIndex:)``, which it is for gamma 0.
    ///
    /// - Parameters:
    ///   - labels: `[...]` int32 or int64.
    ///   - gamma: The focusing exponent, 0 or more: larger values down-weight positions that are predicted well.
    ///   - classWeights: `[classes]`, float32; the mean is over the weights of the labels.
    ///   - ignoreIndex: Positions with this label do not count.
    /// - Returns: A float32 scalar; 0 where every label is ignored.
    public func softmaxFocalLoss(
        labels: Tensor, gamma: Float, classWeights: Tensor? = nil, ignoreIndex: Int? = nil
    ) -> Tensor {
        SoftmaxCrossEntropy(gamma: gamma, ignoreIndex: ignoreIndex, hasClassWeights: classWeights != nil)
            .apply(to: [self, labels] + (classWeights.map { [$0] } ?? []))[0]
    }
}
