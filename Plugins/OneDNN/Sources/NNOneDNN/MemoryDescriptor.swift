import CNNOneDNN
import NNCore

/// How oneDNN is told the order of a tensor's elements in memory.
final class MemoryDescriptor {
    let handle: onednn_descriptor
    private let library: OneDNNLibrary

    /// A dense tensor whose dimensions lie in memory in the given order of strides.
    init(_ dimensions: [Int], strides: [Int], dataType: DataType, _ library: OneDNNLibrary) {
        var handle: onednn_descriptor?
        let status = library.functions.descriptor_strided(
            &handle, Int32(dimensions.count), dimensions.map(Int64.init), dataType.oneDNN, strides.map(Int64.init))
        require(
            status == onednn_success && handle != nil,
            "oneDNN: no descriptor for \(dimensions) with strides \(strides)")
        self.handle = handle!
        self.library = library
    }

    /// A tensor in whatever order the primitive likes best.
    init(any dimensions: [Int], dataType: DataType, _ library: OneDNNLibrary) {
        var handle: onednn_descriptor?
        let status = library.functions.descriptor_any(
            &handle, Int32(dimensions.count), dimensions.map(Int64.init), dataType.oneDNN, Int32(onednn_format_any))
        require(status == onednn_success && handle != nil, "oneDNN: no descriptor for \(dimensions)")
        self.handle = handle!
        self.library = library
    }

    /// Images `[N, H, W, C]`, in oneDNN's logical order N, C, H, W.
    convenience init(images shape: Shape, dataType: DataType, _ library: OneDNNLibrary) {
        let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
        self.init([n, c, h, w], strides: [h * w * c, 1, w * c, c], dataType: dataType, library)
    }

    deinit { _ = library.functions.descriptor_destroy(handle) }
}

/// The order that oneDNN chose for a tensor.
struct MemoryLayout {
    private let layout: onednn_layout

    init(_ descriptor: onednn_descriptor, _ library: OneDNNLibrary) {
        var layout = onednn_layout()
        library.functions.descriptor_read(descriptor, &layout)
        self.layout = layout
    }

    /// Whether it is strides with blocks within, and nothing else.
    var isBlocked: Bool { layout.is_blocked != 0 }
    var byteCount: Int { layout.size }
    var isBFloat16: Bool { layout.data_type == onednn_bfloat16 }
    var rank: Int { Int(layout.rank) }
    var paddedDimensions: [Int64] { Self.numbers(layout.padded_dimensions, rank) }
    var strides: [Int64] { Self.numbers(layout.strides, rank) }
    var blockLengths: [Int64] { Self.numbers(layout.block_lengths, Int(layout.block_count)) }
    var blockDimensions: [Int64] { Self.numbers(layout.block_dimensions, Int(layout.block_count)) }

    /// Whether it is a float32 tensor in row-major order.
    func isPlain(_ dimensions: [Int]) -> Bool {
        isBlocked && layout.data_type == onednn_float32 && layout.block_count == 0
            && paddedDimensions == dimensions.map(Int64.init)
            // A dimension of length 1 has no step.
            && zip(dimensions, zip(strides, Shape(dimensions).strides)).allSatisfy { $0 == 1 || $1.0 == Int64($1.1) }
    }

    /// What tells one order from another, as the key of a packed weight.
    var key: MemoryOrder {
        MemoryOrder(
            numbers: [Int64(layout.data_type)] + Self.numbers(layout.dimensions, rank) + paddedDimensions + strides
                + blockLengths + blockDimensions)
    }

    /// The elements of a C array, which Swift sees as a tuple.
    private static func numbers<Tuple>(_ tuple: Tuple, _ count: Int) -> [Int64] {
        withUnsafeBytes(of: tuple) { Array($0.bindMemory(to: Int64.self).prefix(count)) }
    }
}

/// The order of a packed weight, with its sizes.
struct MemoryOrder: Hashable, Sendable { fileprivate let numbers: [Int64] }

extension DataType {
    var oneDNN: onednn_data_type {
        switch self {
        case .float32: onednn_data_type(onednn_float32)
        case .bfloat16: onednn_data_type(onednn_bfloat16)
        case .int32: onednn_data_type(onednn_int32)
        case .uint8: onednn_data_type(onednn_uint8)
        case .int64: trap("oneDNN has no int64")
        }
    }
}
