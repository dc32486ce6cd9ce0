import CNNOneDNN
@_spi(Kernels) import NNCore

/// The number of an argument, and where the plan is asked for its memory order.
typealias PrimitiveArgument = (number: Int, query: Int, index: Int)

/// The implementation that oneDNN chose for a calculation, before its code is made ("primitive descriptor").
final class PrimitivePlan {
    let handle: onednn_plan
    /// What oneDNN calls the implementation, such as `brgconv:avx512_core`.
    let implementation: String
    fileprivate let library: OneDNNLibrary

    /// Nil where oneDNN has no implementation.
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

/// One calculation that oneDNN compiled for fixed shapes, with the places where its tensors are put.
final class Primitive {
    private let library: OneDNNLibrary
    private let handle: onednn_primitive
    private var arguments: [onednn_argument]
    /// Bytes of scratch memory, the last argument.
    private let scratchByteCount: Int
    private let clearsScratch: Bool
    /// The order in which each argument is expected.
    let layouts: [MemoryLayout]
    private let implementation: String

    /// Compiles a primitive.
    /// - Parameter clearsScratch: Whether its scratch memory is filled with zeros before each call.
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
        self.arguments = zip(all, descriptors).map { argument, descriptor in
            var memory: onednn_memory?
            let status = functions.memory_create(&memory, descriptor, runtime.engine, nil)
            require(status == onednn_success, "oneDNN: no memory object for \(plan.implementation)")
            return onednn_argument(number: Int32(argument.number), memory: memory)
        }
        layouts = descriptors.map { MemoryLayout($0, runtime.library) }
        // Code for AMX was seen to write beyond its scratch memory, see the rules; a margin costs nothing.
        let margin = plan.implementation.contains("amx") ? 1 << 16 : 0
        scratchByteCount = layouts[layouts.count - 1].byteCount + margin
    }

    /// Calculates, with one tensor for each argument in their order. Raw memory is passed on here and nowhere else.
    func execute(_ tensors: [Tensor], _ runtime: OneDNNRuntime) {
        let scratch = Tensor(uninitialized: [scratchByteCount], dataType: .uint8)
        if clearsScratch {
            scratch.unsafePointer.initializeMemory(as: UInt8.self, repeating: 0, count: scratchByteCount)
        }
        let functions = library.functions
        withExtendedLifetime((tensors, scratch)) {
            for (index, tensor) in tensors.enumerated() {
                _ = functions.memory_set_address(arguments[index].memory!, tensor.unsafePointer)
            }
            _ = functions.memory_set_address(arguments[tensors.count].memory!, scratch.unsafePointer)
            let status = functions.primitive_execute(handle, runtime.stream, Int32(arguments.count), arguments)
            require(status == onednn_success, "oneDNN: \(implementation) failed with status \(status)")
        }
    }

    deinit {
        for argument in arguments { _ = library.functions.memory_destroy(argument.memory!) }
        _ = library.functions.primitive_destroy(handle)
    }
}
