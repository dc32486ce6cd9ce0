extension TensorSpecification {
    /// Checks that these logits, `[..., classes]`, and class indices, `[...]` int32, fit together.
    func checkLabels(_ labels: TensorSpecification, for operation: String) throws(ShapeError) {
        guard shape.rank >= 1, shape[-1] > 0, dataType.isFloatingPoint, labels.dataType == .int32,
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

/// The ignored label as kernels take it.
func kernelIndex(_ ignoreIndex: Int?) -> Int32 { ignoreIndex.map { Int32($0) } ?? .min }
