import CNNOneDNN
@_spi(Kernels) import NNCore

/// The memory order in which oneDNN expects a weight `[O, I, KH, KW]`, and the conversion to and from it.
struct WeightOrder: Sendable {
    private let order: weight_order
    /// Nil if the order is that of our weights.
    let key: MemoryOrder?
    private let byteCount: Int

    /// - Parameters:
    ///   - dimensions: `[O, I, KH, KW]`, or `[G, O / G, I / G, KH, KW]`.
    ///   - layout: The order that oneDNN chose. The result is nil if it is not blocked, or has larger blocks than supported.
    init?(dimensions: [Int], layout: MemoryLayout) {
        let rank = dimensions.count
        let missing = Int(WEIGHT_ORDER_RANK) - rank
        let (lengths, splits) = (layout.blockLengths, layout.blockDimensions.map { $0 + Int64(missing) })
        guard layout.isBlocked, layout.rank == rank, lengths.count <= WEIGHT_ORDER_BLOCKS,
            lengths.reduce(1, *) <= WEIGHT_ORDER_LARGEST_BLOCK
        else { return nil }
        var order = weight_order()
        order.depth = Int64(lengths.count)
        order.is_bfloat16 = layout.isBFloat16 ? 1 : 0
        Self.set(&order.split_length, to: lengths)
        Self.set(&order.split_dimension, to: splits)
        var blockLengths = [Int64](repeating: 1, count: rank + missing)
        for (split, length) in zip(splits, lengths) { blockLengths[Int(split)] *= length }

        let ones = [Int64](repeating: 1, count: missing)
        let none = [Int64](repeating: 0, count: missing)
        Self.set(&order.dimensions, to: ones + dimensions.map(Int64.init))
        Self.set(&order.plain_strides, to: none + Shape(dimensions).strides.map(Int64.init))
        Self.set(&order.block_strides, to: none + layout.strides)
        Self.set(&order.block_counts, to: zip(ones + layout.paddedDimensions, blockLengths).map { $0 / $1 })
        self.order = order
        key = layout.isPlain(dimensions) ? nil : layout.key
        byteCount = layout.byteCount
    }

    /// The packed form of a weight, kept until the weight changes.
    func packed(_ weight: Tensor) -> Tensor {
        guard let key else { return weight }
        return weight.packedForms.form(for: key) {
            let packed = Tensor(uninitialized: [byteCount], dataType: .uint8)
            run(from: weight, to: packed) { order, source, target, blocks in
                weight_order_pack(order, source, target, Int64(blocks.lowerBound), Int64(blocks.upperBound))
            }
            return packed
        }
    }

    /// Memory for a packed float32 weight.
    func makePacked() -> Tensor { Tensor(uninitialized: [byteCount / DataType.float32.byteCount]) }

    /// The float32 weight of a packed form.
    func plain(_ packed: Tensor, shape: Shape) -> Tensor {
        if key == nil { return packed.reshaped(shape) }
        let plain = Tensor(uninitialized: shape)
        run(from: packed, to: plain) { order, source, target, blocks in
            weight_order_unpack(
                order, source, target.assumingMemoryBound(to: Float.self), Int64(blocks.lowerBound),
                Int64(blocks.upperBound))
        }
        return plain
    }

    private func run(
        from source: Tensor, to target: Tensor,
        _ copy:
            @escaping @Sendable (
                UnsafePointer<weight_order>, UnsafePointer<Float>, UnsafeMutableRawPointer, Range<Int>
            ) -> Void
    ) {
        let order = order
        nonisolated(unsafe) let from = source.unsafePointer.assumingMemoryBound(to: Float.self)
        nonisolated(unsafe) let to = target.unsafePointer
        let count = withUnsafePointer(to: order) { Int(weight_order_block_count($0)) }
        // A block has 16 to 512 elements; a thread is worth it for thousands of elements.
        Engine.parallel(count, grain: 32) { blocks in
            withUnsafePointer(to: order) { copy($0, from, to, blocks) }
        }
        withExtendedLifetime((source, target)) {}
    }

    private static func set<Tuple>(_ tuple: inout Tuple, to numbers: some Sequence<Int64>) {
        withUnsafeMutableBytes(of: &tuple) { bytes in
            for (index, number) in zip(0..<bytes.count / 8, numbers) {
                bytes.storeBytes(of: number, toByteOffset: index * 8, as: Int64.self)
            }
        }
    }
}
