import NNLayers

/// A place for a value in a network.
struct WeightSlot {
    let name: String
    let shape: Shape
    /// Whether files may lack it, as those of PyTorch before 0.4.1 lack the count of batches.
    let isOptional: Bool

    /// The parameters and buffers of a network, in their order.
    static func all(of tree: ModuleTree) -> [WeightSlot] {
        tree.parameters.map { WeightSlot(name: $0.name, shape: $0.parameter.shape, isOptional: false) }
            + tree.buffers.map {
                WeightSlot(
                    name: $0.name, shape: $0.buffer.wrappedValue.shape,
                    isOptional: $0.name.hasSuffix("num_batches_tracked"))
            }
    }

    /// Whether a tensor is of a last layer that tells other classes apart: it differs in the number of classes only.
    func isForOtherClasses(than found: Shape, classCount: Int) -> Bool {
        (name.hasPrefix("head.") || name.hasPrefix("auxiliary_head.")) && shape.rank == found.rank && shape.rank > 0
            && (shape[0] == classCount || shape[0] == 1 && classCount == 2)
            && shape.dimensions.dropFirst() == found.dimensions.dropFirst()
    }
}
