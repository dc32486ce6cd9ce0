import CNNKernels

/// The positions of the elements of a block in the memory of a tensor, counted in elements.
struct ElementLayout {
    var offset = 0
    /// The distance between neighbours along each dimension.
    var strides: [Int]
}

/// Copies a block of elements between memories of different order, the common ground of
/// transposition, concatenation, slicing and padding.
struct BlockCopy: Sendable {
    private var block = nn_block()
    /// In elements.
    private let offsets: (source: Int, target: Int)

    init(of shape: Shape, from source: ElementLayout, to target: ElementLayout) {
        require(shape.rank <= Int(NN_MAXIMUM_RANK), "copy: \(shape) has more than 8 dimensions")
        offsets = (source.offset, target.offset)
        block.rank = Int32(shape.rank)
        withUnsafeMutableBytes(of: &block.shape) { $0.fill(with: shape.dimensions) }
        withUnsafeMutableBytes(of: &block.from_strides) { $0.fill(with: source.strides) }
        withUnsafeMutableBytes(of: &block.to_strides) { $0.fill(with: target.strides) }
    }

    func run(from source: Tensor, to target: Tensor) {
        let size = source.dataType.byteCount
        withUnsafePointer(to: block) { block in
            nn_strided_copy(
                target.unsafePointer + offsets.target * size, source.unsafePointer + offsets.source * size, Int32(size),
                block)
        }
    }
}

/// Copies a block of elements once. Without a layout, the block is the whole tensor.
func copyBlock(
    of shape: Shape, from source: Tensor, sourceLayout: ElementLayout? = nil, to target: Tensor,
    targetLayout: ElementLayout? = nil
) {
    BlockCopy(
        of: shape, from: sourceLayout ?? ElementLayout(strides: source.shape.strides),
        to: targetLayout ?? ElementLayout(strides: target.shape.strides)
    ).run(from: source, to: target)
}

extension UnsafeMutableRawBufferPointer {
    fileprivate func fill(with values: [Int]) {
        for (slot, value) in values.enumerated() {
            storeBytes(of: Int64(value), toByteOffset: slot * 8, as: Int64.self)
        }
    }
}

/// The position of an axis that may be counted from the end; nil where the rank has none such.
func resolvedAxis(_ axis: Int, rank: Int) -> Int? {
    let resolved = axis < 0 ? axis + rank : axis
    return (0..<rank).contains(resolved) ? resolved : nil
}

extension Shape {
    /// The number of an axis whose elements int32 indices name.
    /// - Parameter axis: Counted from the end where it is negative.
    func indexedAxis(_ axis: Int, for operation: String) throws(ShapeError) -> Int {
        guard let resolved = resolvedAxis(axis, rank: rank) else {
            throw ShapeError(operation: operation, reason: "\(self) has no axis \(axis)")
        }
        guard self[resolved] <= Int(Int32.max) else {
            throw ShapeError(
                operation: operation, reason: "axis \(resolved) of \(self) has more than 2^31 - 1 elements")
        }
        return resolved
    }
}
