import CNNKernels

/// Sums of softmax(logits) over the pixels of each image, by class; the softmax is never stored.
struct SoftmaxAreas: TensorOperation {
    let name = "softmax_areas"
    let ignoreIndex: Int?

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let logits = inputs[0]
        try logits.checkLabels(inputs[1], ignoreIndex: ignoreIndex, for: name)
        guard logits.shape.rank >= 2 else {
            throw ShapeError(operation: name, reason: "takes logits [N, ..., classes], not \(logits)")
        }
        return [TensorSpecification](
            repeating: TensorSpecification(shape: [logits.shape[0], logits.shape[-1]]), count: 3)
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let logits = inputs[0]
        let labels = inputs[1].classIndices(classCount: logits.shape[-1], operation: name)
        labels.requireClasses(unless: ignoreIndex, classCount: logits.shape[-1], operation: name)
        let areas = (0..<3).map { _ in Tensor(uninitialized: [logits.shape[0], logits.shape[-1]]) }
        var job = kernel(logits, labels)
        let badPixel = nn_class_areas_forward(
            &job, areas[0].floatPointer, areas[1].floatPointer, areas[2].floatPointer)
        labels.preconditionClasses(badPixel, classCount: logits.shape[-1], operation: name)
        context.save(logits, labels)
        return areas
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let (logits, labels) = (context.saved(0), context.saved(1))
        let (intersections, predictions) = (context.takeGradient(0), context.takeGradient(1))
        let gradient = Tensor(uninitialized: logits.shape, dataType: logits.dataType)
        var job = kernel(logits, labels)
        nn_class_areas_backward(
            &job, intersections.floatPointer, predictions.floatPointer, gradient.unsafePointer)
        return [gradient, nil]
    }

    private func kernel(_ logits: Tensor, _ labels: Tensor) -> nn_class_areas {
        nn_class_areas(
            images: Int64(logits.shape[0]), pixels: Int64(labels.shape[1...].reduce(1, *)),
            classes: Int64(logits.shape[-1]), is_bfloat16: logits.dataType == .bfloat16 ? 1 : 0,
            logits: logits.unsafePointer, labels: labels.unsafePointer.assumingMemoryBound(to: Int32.self),
            ignore_index: kernelIndex(ignoreIndex))
    }
}

extension Tensor {
    /// Sums over the pixels of each image, by class, for losses of overlap such as Dice.
    ///
    /// With p the softmax of these logits, `[N, ..., classes]`: `intersections` is the sum of p where the
    /// class is the label, `predictions` the sum of p, `labels` the number of pixels with the label, each
    /// `[N, classes]` float32. Neither the softmax nor one-hot labels are stored.
    /// - Parameters:
    ///   - labels: `[N, ...]` int32 or int64.
    ///   - ignoreIndex: Pixels with this label are in none of the sums.
    public func softmaxAreas(
        labels: Tensor, ignoreIndex: Int? = nil
    ) -> (intersections: Tensor, predictions: Tensor, labels: Tensor) {
        let areas = SoftmaxAreas(ignoreIndex: ignoreIndex).apply(to: [self, labels])
        return (areas[0], areas[1], areas[2])
    }
}
