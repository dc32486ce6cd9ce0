import NNLayers

/// A tensor as a file describes it; nothing of it is proven.
struct PyTorchTensor {
    /// Nil for what has no storage of the common kind.
    var storage: PyTorchStorage?
    var elementType: PyTorchElementType?
    /// The first element, counted from the beginning of the storage.
    var offset = 0
    var lengths: [Int] = []
    /// The distances of neighbours along each dimension, in elements.
    var strides: [Int] = []
    /// The kind of a tensor that cannot be read, such as `sparse`.
    var unsupported: String?

    /// The type for people.
    var typeName: String { unsupported ?? elementType?.name ?? "unknown" }

    /// The shape, which can be calculated with.
    /// - Throws: ``PickleError`` where there are more elements than can be counted.
    func checkedShape() throws(PickleError) -> Shape {
        let shape = Shape(lengths)
        guard let count = shape.checkedElementCount, count <= Int.max / 16 else {
            throw PickleError("its shape \(shape) has more elements than can be counted")
        }
        return shape
    }
}
