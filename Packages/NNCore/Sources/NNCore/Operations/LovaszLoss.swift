import CNNKernels

/// The Lovász extension of the Jaccard loss of probabilities.
struct LovaszLoss: TensorOperation {
    let name = "lovasz_loss"
    let ignoreIndex: Int?

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let probabilities = inputs[0]
        try probabilities.checkLabels(inputs[1], ignoreIndex: ignoreIndex, for: name)
        guard probabilities.shape.rank >= 2, probabilities.dataType == .float32 else {
            throw ShapeError(
                operation: name, reason: "takes float32 probabilities [N, ..., classes], not \(probabilities)")
        }
        guard inputs[1].shape[1...].reduce(1, *) <= Int(Int32.max) else {
            throw ShapeError(operation: name, reason: "an image of \(probabilities) has more than 2^31 - 1 pixels")
        }
        return [TensorSpecification(shape: [])]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let probabilities = inputs[0]
        let labels = inputs[1].classIndices(classCount: probabilities.shape[-1], operation: name)
        labels.requireClasses(unless: ignoreIndex, classCount: probabilities.shape[-1], operation: name)
        // The gradient comes out of the same sorting, so it is made here.
        let gradient = Tensor(uninitialized: probabilities.shape)
        var loss = 0.0
        let badPixel = nn_lovasz(
            probabilities.floatPointer, labels.unsafePointer.assumingMemoryBound(to: Int32.self),
            Int64(labels.shape[0]), Int64(labels.shape[1...].reduce(1, *)), Int64(probabilities.shape[-1]),
            kernelIndex(ignoreIndex), &loss, gradient.floatPointer)
        labels.preconditionClasses(badPixel, classCount: probabilities.shape[-1], operation: name)
        context.save(gradient)
        return [Tensor(scalar: Float(loss))]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        [context.saved(0) * context.takeGradient().item, nil]
    }
}

extension Tensor {
    /// The Lovász extension of the Jaccard loss, 1 - intersection / union (Berman et al. 2018), of these
    /// probabilities, `[N, ..., classes]` float32.
    ///
    /// It is averaged over the classes that are labels in an image, then over the images that have labels.
    /// - Parameters:
    ///   - labels: `[N, ...]` int32 or int64.
    ///   - ignoreIndex: Pixels with this label do not count.
    /// - Returns: A float32 scalar; 0 where every label is ignored.
    public func lovaszLoss(labels: Tensor, ignoreIndex: Int? = nil) -> Tensor {
        LovaszLoss(ignoreIndex: ignoreIndex).apply(to: self, labels)
    }
}
