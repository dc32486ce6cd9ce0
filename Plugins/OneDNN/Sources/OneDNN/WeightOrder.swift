#if OneDNN
import COneDNN
import CWeightOrder
import NNCore

/// The order in which oneDNN wants a weight `[O, I, KH, KW]`, and copying to and from it.
struct WeightOrder {
    private let order: weight_order

    /// - Parameters:
    ///   - dimensions: `[O, I, KH, KW]`, or `[G, O / G, I / G, KH, KW]`.
    ///   - descriptor: What oneDNN chose.
    init(dimensions: [Int], descriptor: dnnl_memory_desc_t) {
        let rank = dimensions.count
        let missing = Int(WEIGHT_ORDER_RANK) - rank
        let blocking = descriptor.format_desc.blocking
        var order = weight_order()
        order.depth = Int64(blocking.inner_nblks)
        order.is_bfloat16 = descriptor.data_type == dnnl_bf16 ? 1 : 0

        let lengths = Self.numbers(blocking.inner_blks)
        let splits = Self.numbers(blocking.inner_idxs).map { $0 + Int64(missing) }
        Self.set(&order.split_length, to: lengths)
        Self.set(&order.split_dimension, to: splits)
        var blockLengths = [Int64](repeating: 1, count: rank + missing)
        for block in 0..<Int(order.depth) { blockLengths[Int(splits[block])] *= lengths[block] }

        let ones = [Int64](repeating: 1, count: missing)
        let none = [Int64](repeating: 0, count: missing)
        let padded = ones + Self.numbers(descriptor.padded_dims).prefix(rank)
        Self.set(&order.dimensions, to: ones + dimensions.map(Int64.init))
        Self.set(&order.plain_strides, to: none + Shape(dimensions).strides.map(Int64.init))
        Self.set(&order.block_strides, to: none + Self.numbers(blocking.strides).prefix(rank))
        Self.set(&order.block_counts, to: zip(padded, blockLengths).map { $0 / $1 })
        self.order = order
    }

    /// Copies a plain float32 weight into the order, converting it to the order's type.
    func pack(_ plain: Tensor, into packed: Tensor) {
        run(from: plain, to: packed) { order, source, target, blocks in
            weight_order_pack(order, source, target, Int64(blocks.lowerBound), Int64(blocks.upperBound))
        }
    }

    /// Copies a float32 weight out of the order.
    func unpack(_ packed: Tensor, into plain: Tensor) {
        run(from: packed, to: plain) { order, source, target, blocks in
            weight_order_unpack(
                order, source, target.assumingMemoryBound(to: Float.self), Int64(blocks.lowerBound),
                Int64(blocks.upperBound))
        }
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
        // A block has 16 to 512 elements; thousands of them are worth a thread.
        Engine.parallel(count, grain: 32) { blocks in
            withUnsafePointer(to: order) { copy($0, from, to, blocks) }
        }
    }

    /// The elements of a C array, which Swift sees as a tuple.
    private static func numbers<Tuple>(_ tuple: Tuple) -> [Int64] {
        withUnsafeBytes(of: tuple) { Array($0.bindMemory(to: Int64.self)) }
    }

    private static func set<Tuple>(_ tuple: inout Tuple, to numbers: some Sequence<Int64>) {
        withUnsafeMutableBytes(of: &tuple) { bytes in
            for (index, number) in zip(0..<bytes.count / 8, numbers) {
                bytes.storeBytes(of: number, toByteOffset: index * 8, as: Int64.self)
            }
        }
    }
}
#endif
