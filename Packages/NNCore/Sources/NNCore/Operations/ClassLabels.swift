import CNNKernels

extension TensorSpecification {
    /// Checks that these logits, `[..., classes]`, and class indices, `[...]` int32 or int64, fit together.
    func checkLabels(
        _ labels: TensorSpecification, ignoreIndex: Int?, for operation: String
    ) throws(ShapeError) {
        if let ignoreIndex, Int32(exactly: ignoreIndex) == nil {
            throw ShapeError(operation: operation, reason: "ignoreIndex \(ignoreIndex) is not a value of int32")
        }
        guard shape.rank >= 1, 1...Int(Int32.max) ~= shape[-1], dataType.isFloatingPoint,
            labels.dataType == .int32 || labels.dataType == .int64, labels.shape == Shape(shape.dimensions.dropLast())
        else {
            throw ShapeError(
                operation: operation,
                reason: "takes logits [..., classes] and int32 or int64 labels [...], not \(self) and \(labels)")
        }
    }
}

extension Tensor {
    /// Class indices as kernels read them, int32. Traps where one is beyond these: it is neither a class nor ignored.
    func classIndices(classCount: Int, operation: String) -> Tensor {
        guard dataType == .int64 else { return self }
        let result = Tensor(uninitialized: shape, dataType: .int32)
        let position = narrow(into: result)
        guard position < 0 else {
            let label = scalars(as: Int64.self)[Int(position)]
            trap("\(operation): label \(label) at position \(position) is not one of \(classCount) classes")
        }
        return result
    }

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
        let position = nn_first_index_outside(
            unsafePointer.assumingMemoryBound(to: Int32.self), Int64(elementCount), Int64(classCount))
        preconditionClasses(position, classCount: classCount, operation: operation)
    }
}
