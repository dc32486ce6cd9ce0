import CNNOneDNN
@_spi(Kernels) import NNCore

/// The number of an argument, and the query for its memory order.
typealias PrimitiveArgument = (number: Int, query: Int, index: Int)

/// The implementation that oneDNN chose for a calculation, before its code is made ("primitive descriptor").
final class PrimitivePlan {
    let handle: onednn_plan
    /// oneDNN's name of the implementation, such as `brgconv:avx512_core`.
    let implementation: String
    fileprivate let library: OneDNNLibrary

    /// Nil if oneDNN has no implementation.
    init?(_ library: OneDNNLibrary, _ make: (inout onednn_plan?) -> onednn_status) {
        var handle: onednn_plan?
        guard make(&handle) == onednn_success, let handle else { return nil }
        self.handle = handle
        self.library = library
        var name: UnsafePointer<CChar>?
        _ = withUnsafeMutablePointer(to: &name) {
            library.functions.plan_query(handle, Int32(onednn_query_implementation), 0, $0)
        }
        implementation = name.map { String(cString: $0) } ?? "unknown"
    }

    deinit { _ = library.functions.plan_destroy(handle) }
}

/// A calculation that oneDNN compiled for fixed shapes, with the memory objects of its arguments.
final class Primitive {
    private let library: OneDNNLibrary
    private let handle: onednn_primitive
    private let arguments: PrimitiveArguments
    /// The size of the scratch memory, which is the last argument.
    let scratchByteCount: Int
    private let clearsScratch: Bool
    /// The memory order of each argument.
    let layouts: [MemoryLayout]
    private let implementation: String
    private let numbers: [Int32]
    /// They belong to the plan.
    private let descriptors: [onednn_descriptor]
    private let plan: PrimitivePlan

    /// Compiles a primitive.
    /// - Parameter clearsScratch: Whether the scratch memory is zeroed before each call.
    init?(_ plan: PrimitivePlan, arguments: [PrimitiveArgument], clearsScratch: Bool, _ runtime: OneDNNRuntime) {
        let functions = runtime.library.functions
        let scratch = (number: onednn_argument_scratchpad, query: onednn_query_scratchpad, index: 0)
        let all = arguments + [scratch]
        let descriptors = all.compactMap { functions.plan_descriptor(plan.handle, Int32($0.query), Int32($0.index)) }
        var handle: onednn_primitive?
        guard descriptors.count == all.count, functions.primitive_create(&handle, plan.handle) == onednn_success,
            let handle
        else { return nil }
        library = runtime.library
        self.handle = handle
        implementation = plan.implementation
        self.clearsScratch = clearsScratch
        self.plan = plan
        numbers = all.map { Int32($0.number) }
        self.descriptors = descriptors
        self.arguments = PrimitiveArguments(numbers, descriptors, runtime)
        layouts = descriptors.map { MemoryLayout($0, runtime.library) }
        // AMX code was seen to write beyond its scratch memory, see the rules; a margin costs nothing.
        let margin = plan.implementation.contains("amx") ? 1 << 16 : 0
        scratchByteCount = layouts[layouts.count - 1].byteCount + margin
    }

    /// Arguments for a caller that keeps them, instead of those that every call of ``execute(_:_:)`` sets.
    func makeArguments(_ runtime: OneDNNRuntime) -> PrimitiveArguments {
        PrimitiveArguments(numbers, descriptors, runtime)
    }

    /// Runs the calculation with a tensor for each argument.
    func execute(_ tensors: [Tensor], _ runtime: OneDNNRuntime) {
        withExtendedLifetime(tensors) {
            for (index, tensor) in tensors.enumerated() { arguments.set(index, to: tensor.unsafePointer) }
            execute(arguments, runtime)
        }
    }

    /// Runs the calculation with arguments whose memory is set but for the scratch memory.
    func execute(_ arguments: PrimitiveArguments, _ runtime: OneDNNRuntime) {
        guard scratchByteCount > 0 else { return run(arguments, runtime) }
        let scratch = Tensor(uninitialized: [scratchByteCount], dataType: .uint8)
        withExtendedLifetime(scratch) { execute(arguments, scratch: scratch.unsafePointer, runtime) }
    }

    /// Runs the calculation with scratch memory of ``scratchByteCount``.
    func execute(_ arguments: PrimitiveArguments, scratch: UnsafeMutableRawPointer, _ runtime: OneDNNRuntime) {
        if scratchByteCount > 0 {
            if clearsScratch { scratch.initializeMemory(as: UInt8.self, repeating: 0, count: scratchByteCount) }
            arguments.set(numbers.count - 1, to: scratch)
        }
        run(arguments, runtime)
    }

    private func run(_ arguments: PrimitiveArguments, _ runtime: OneDNNRuntime) {
        Engine.note(kernel: implementation)
        let status = library.functions.primitive_execute(
            handle, runtime.stream, Int32(numbers.count), arguments.elements)
        require(status == onednn_success, "oneDNN: \(implementation) failed with status \(status)")
    }

    deinit { _ = library.functions.primitive_destroy(handle) }
}

/// The memory objects of a primitive's arguments. This is the only place that passes raw memory to oneDNN.
final class PrimitiveArguments {
    fileprivate let elements: UnsafeMutablePointer<onednn_argument>
    private let count: Int
    private let library: OneDNNLibrary

    fileprivate init(_ numbers: [Int32], _ descriptors: [onednn_descriptor], _ runtime: OneDNNRuntime) {
        library = runtime.library
        count = numbers.count
        elements = .allocate(capacity: numbers.count)
        for (index, descriptor) in descriptors.enumerated() {
            var memory: onednn_memory?
            let status = library.functions.memory_create(&memory, descriptor, runtime.engine, nil)
            require(status == onednn_success, "oneDNN: no memory object for argument \(numbers[index])")
            (elements + index).initialize(to: onednn_argument(number: numbers[index], memory: memory))
        }
    }

    /// Sets the memory of an argument. It must be there until the primitive has been executed.
    func set(_ index: Int, to address: UnsafeMutableRawPointer) {
        _ = library.functions.memory_set_address(elements[index].memory!, address)
    }

    deinit {
        for index in 0..<count { _ = library.functions.memory_destroy(elements[index].memory!) }
        elements.deallocate()
    }
}

/// How a primitive is run: with our scratch memory and, for each output, the addition of another tensor and an activation.
///
/// The scratch memory of oneDNN is returned to the system after each call; zeroing its pages again took a tenth of a
/// training step.
final class PrimitiveAttributes {
    let handle: onednn_attributes
    private let library: OneDNNLibrary

    /// Nil if oneDNN does not have the activation.
    init?(residual: MemoryDescriptor? = nil, activation: Activation = .identity, _ library: OneDNNLibrary) {
        let functions = library.functions
        var operations: onednn_post_operations?
        var attributes: onednn_attributes?
        guard functions.post_operations_create(&operations) == onednn_success, let operations else { return nil }
        defer { _ = functions.post_operations_destroy(operations) }
        if let residual {
            guard
                functions.append_binary(operations, Int32(onednn_binary_add), residual.handle) == onednn_success
            else { return nil }
        }
        if activation != .identity {
            guard let (algorithm, alpha, beta) = activation.oneDNN,
                functions.append_eltwise(operations, Int32(algorithm), alpha, beta) == onednn_success
            else { return nil }
        }
        guard functions.attributes_create(&attributes) == onednn_success, let attributes else { return nil }
        self.library = library
        handle = attributes
        guard functions.attributes_set_post_operations(attributes, operations) == onednn_success,
            functions.attributes_set_scratchpad(attributes, Int32(onednn_scratchpad_user)) == onednn_success
        else { return nil }
    }

    deinit { _ = library.functions.attributes_destroy(handle) }
}

extension Activation {
    /// The algorithm of oneDNN with its two parameters. Version 2 has those of softplus and hard swish built in.
    fileprivate var oneDNN: (Int, Float, Float)? {
        switch self {
        case .identity: nil
        case .relu: (onednn_eltwise_relu, 0, 0)
        case .leakyReLU(let slope): (onednn_eltwise_relu, slope, 0)
        case .mish: (onednn_eltwise_mish, 0, 0)
        case .silu: (onednn_eltwise_swish, 1, 0)
        case .gelu: (onednn_eltwise_gelu_erf, 0, 0)
        case .sigmoid: (onednn_eltwise_logistic, 0, 0)
        case .tanh: (onednn_eltwise_tanh, 0, 0)
        case .softplus: (onednn_eltwise_soft_relu, 1, 0)
        case .hardSwish: (onednn_eltwise_hardswish, 1 / 6, 0.5)
        case .relu6: (onednn_eltwise_clip, 0, 6)
        }
    }
}

/// The shape, type and memory order of a tensor, as an object of oneDNN.
final class MemoryDescriptor {
    let handle: onednn_descriptor
    private let library: OneDNNLibrary

    /// A tensor with the given strides.
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

    /// A tensor in the order that the primitive prefers.
    init(any dimensions: [Int], dataType: DataType, _ library: OneDNNLibrary) {
        var handle: onednn_descriptor?
        let status = library.functions.descriptor_any(
            &handle, Int32(dimensions.count), dimensions.map(Int64.init), dataType.oneDNN, Int32(onednn_format_any))
        require(status == onednn_success && handle != nil, "oneDNN: no descriptor for \(dimensions)")
        self.handle = handle!
        self.library = library
    }

    /// Images `[N, H, W, C]`, in the logical order N, C, H, W of oneDNN.
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

    /// Whether it consists of strides and blocks only.
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
            // The stride of a dimension of length 1 does not matter.
            && zip(dimensions, zip(strides, Shape(dimensions).strides)).allSatisfy { $0 == 1 || $1.0 == Int64($1.1) }
    }

    /// The key of a weight that is packed in this order.
    var key: MemoryOrder {
        MemoryOrder(
            numbers: [Int64(layout.data_type)] + Self.numbers(layout.dimensions, rank) + paddedDimensions + strides
                + blockLengths + blockDimensions)
    }

    /// The elements of a C array, which Swift imports as a tuple.
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
