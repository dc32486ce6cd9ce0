#if OneDNN
import COneDNN
import NNCore

/// How oneDNN is told the order of a tensor's elements in memory.
extension dnnl_memory_desc_t {
    /// A dense tensor whose dimensions lie in memory in the given order of strides.
    static func dense(
        _ dimensions: [Int], strides: [Int], dataType: DataType, library: OneDNNLibrary
    ) -> dnnl_memory_desc_t {
        var result = dnnl_memory_desc_t()
        let status = library.memoryDescriptorByStrides(
            &result, Int32(dimensions.count), dimensions.map(Int64.init), dataType.oneDNN, strides.map(Int64.init))
        require(status == dnnl_success, "oneDNN: no descriptor for \(dimensions) with strides \(strides)")
        return result
    }

    /// A tensor in whatever order the primitive likes best.
    static func any(_ dimensions: [Int], dataType: DataType, library: OneDNNLibrary) -> dnnl_memory_desc_t {
        var result = dnnl_memory_desc_t()
        let status = library.memoryDescriptorByTag(
            &result, Int32(dimensions.count), dimensions.map(Int64.init), dataType.oneDNN, dnnl_format_tag_any)
        require(status == dnnl_success, "oneDNN: no descriptor for \(dimensions)")
        return result
    }

    /// Images `[N, H, W, C]`, in oneDNN's logical order N, C, H, W.
    static func images(_ shape: Shape, dataType: DataType, library: OneDNNLibrary) -> dnnl_memory_desc_t {
        let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
        return dense([n, c, h, w], strides: [h * w * c, 1, w * c, c], dataType: dataType, library: library)
    }

    /// The dimensions of a convolution weight `[O, I, H, W]`, split by groups where there are several.
    static func weightDimensions(_ shape: Shape, groups: Int) -> [Int] {
        groups == 1 ? shape.dimensions : [groups, shape[0] / groups] + shape.dimensions.dropFirst()
    }
}

/// What tells one memory order from another, as the key of a packed weight.
struct MemoryOrder: Hashable, Sendable {
    private let numbers: [Int64]

    init(_ descriptor: dnnl_memory_desc_t) {
        let rank = Int(descriptor.ndims)
        let blocking = descriptor.format_desc.blocking
        var numbers: [Int64] = [Int64(descriptor.data_type.rawValue), Int64(descriptor.extra.flags)]
        withUnsafeBytes(of: descriptor.dims) { numbers += $0.bindMemory(to: Int64.self).prefix(rank) }
        withUnsafeBytes(of: descriptor.padded_dims) { numbers += $0.bindMemory(to: Int64.self).prefix(rank) }
        withUnsafeBytes(of: blocking.strides) { numbers += $0.bindMemory(to: Int64.self).prefix(rank) }
        let blocks = Int(blocking.inner_nblks)
        withUnsafeBytes(of: blocking.inner_blks) { numbers += $0.bindMemory(to: Int64.self).prefix(blocks) }
        withUnsafeBytes(of: blocking.inner_idxs) { numbers += $0.bindMemory(to: Int64.self).prefix(blocks) }
        self.numbers = numbers
    }
}

extension DataType {
    var oneDNN: dnnl_data_type_t {
        switch self {
        case .float32: dnnl_f32
        case .bfloat16: dnnl_bf16
        case .int32: dnnl_s32
        case .uint8: dnnl_u8
        case .int64: trap("oneDNN has no int64")
        }
    }
}
#endif
