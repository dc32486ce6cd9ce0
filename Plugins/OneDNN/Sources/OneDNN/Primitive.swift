#if OneDNN
import COneDNN
import NNCore

/// One calculation that oneDNN compiled for fixed shapes, with the places where its tensors are put.
final class Primitive {
    private let library: OneDNNLibrary
    private let handle: dnnl_primitive_t
    private var arguments: [dnnl_exec_arg_t]
    /// Bytes of scratch memory, the last argument.
    private let scratchByteCount: Int
    /// The order in which each argument is expected.
    let descriptors: [dnnl_memory_desc_t]
    /// What oneDNN calls the chosen implementation.
    let implementation: String

    /// Compiles a primitive.
    /// - Parameters:
    ///   - descriptor: Taken over and destroyed.
    ///   - arguments: For each argument its number and where its memory order is asked for.
    init?(
        _ descriptor: dnnl_primitive_desc_t, arguments: [(number: Int32, query: dnnl_query_t, index: Int32)],
        runtime: OneDNNRuntime
    ) {
        let library = runtime.library
        defer { _ = library.primitiveDescriptorDestroy(descriptor) }
        var name: UnsafePointer<CChar>?
        _ = library.primitiveDescriptorQuery(descriptor, dnnl_query_impl_info_str, 0, &name)
        let implementation = name.map { String(cString: $0) } ?? "unknown"
        // The reference code is up to 50 times slower than the next backend.
        guard !implementation.hasPrefix("ref") else { return nil }
        var handle: dnnl_primitive_t?
        guard library.primitiveCreate(&handle, descriptor) == dnnl_success, let handle else { return nil }
        self.library = library
        self.handle = handle
        self.implementation = implementation
        self.arguments = []
        var descriptors: [dnnl_memory_desc_t] = []
        let scratch = (number: DNNL_ARG_SCRATCHPAD, query: dnnl_query_scratchpad_md, index: Int32(0))
        for argument in arguments + [scratch] {
            let memoryDescriptor = library.primitiveDescriptorQueryMemory(descriptor, argument.query, argument.index)!
            var memory: dnnl_memory_t?
            let status = library.memoryCreate(&memory, memoryDescriptor, runtime.engine, nil)
            require(status == dnnl_success, "oneDNN: no memory object for \(implementation)")
            self.arguments.append(dnnl_exec_arg_t(arg: argument.number, memory: memory))
            descriptors.append(memoryDescriptor.pointee)
        }
        scratchByteCount = runtime.byteCount(descriptors[descriptors.count - 1])
        self.descriptors = descriptors
    }

    /// Calculates; one pointer for each argument, in the order of `init`.
    func execute(_ pointers: [UnsafeMutableRawPointer], runtime: OneDNNRuntime) {
        let scratch = Tensor(uninitialized: [scratchByteCount], dataType: .uint8)
        for (argument, pointer) in zip(arguments, pointers + [scratch.unsafePointer]) {
            _ = library.memorySetHandle(argument.memory, pointer)
        }
        let status = library.primitiveExecute(handle, runtime.stream, Int32(arguments.count), arguments)
        require(status == dnnl_success, "oneDNN: \(implementation) failed with status \(status.rawValue)")
    }

    deinit {
        for argument in arguments { _ = library.memoryDestroy(argument.memory) }
        _ = library.primitiveDestroy(handle)
    }
}
#endif
