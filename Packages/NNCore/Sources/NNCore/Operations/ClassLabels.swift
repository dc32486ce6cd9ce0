import CNNKernels

extension TensorSpecification {
    /// Checks that these logits, `[..., classes]`, and class indices, `[...]` int32, fit together.
    func checkLabels(
        _ labels: TensorSpecification, ignoreIndex: Int?, for operation: String
    ) throws(ShapeError) {
        if let ignoreIndex, Int32(exactly: ignoreIndex) == nil {
            throw ShapeError(operation: operation, reason: "ignoreIndex \(ignoreIndex) is not a value of int32")
        }
        guard shape.rank >= 1, 1...Int(Int32.max) ~= shape[-1], dataType.isFloatingPoint, labels.dataType == .int32,
            labels.shape == Shape(shape.dimensions.dropLast())
        else {
            throw ShapeError(
                operation: operation,
                reason: "takes logits [..., classes] and int32 labels [...], not \(self) and \(labels)")
        }
    }
}

extension Tensor {
    /// Traps where a kernel found a label, at `badPosition`, that is neither a class nor ignored; -1 for none.
    func preconditionClasses(_ badPosition: Int64, classCount: Int, operation: String) {
        if badPosition < 0 { return }
        let label = scalars(as: Int32.self)[Int(badPosition)]
        trap(
            "\(operation): label \(label) at position \(badPosition) is not one of \(classCount) classes")
    }
}

/// The ignored label as kernels take it. Where none is to be ignored they skip a number all the same, which
/// ``Tensor/requireClasses(unless:classCount:operation:)`` has refused before.
func kernelIndex(_ ignoreIndex: Int?) -> Int32 { ignoreIndex.map { Int32($0) } ?? .min }

extension Tensor {
    /// Traps where no label is to be ignored and one of these is not a class.
    func requireClasses(unless ignoreIndex: Int?, classCount: Int, operation: String) {
        guard ignoreIndex == nil else { return }
        let place = nn_first_index_outside(
            unsafePointer.assumingMemoryBound(to: Int32.self), Int64(elementCount), Int64(classCount))
        preconditionClasses(place, classCount: classCount, operation: operation)
    }
}
