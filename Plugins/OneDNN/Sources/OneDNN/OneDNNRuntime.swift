#if OneDNN
import COneDNN
import NNCore

/// The library with its engine and stream, and the primitives that were compiled so far.
///
/// Not safe for two threads at once: ``OneDNNBackend`` holds its lock around every use.
final class OneDNNRuntime {
    let library: OneDNNLibrary
    let engine: dnnl_engine_t
    let stream: dnnl_stream_t
    private var convolutions: [ConvolutionKey: Primitive?] = [:]
    private var products: [ProductKey: Primitive?] = [:]
    /// Pictures of many sizes need primitives of many shapes. Of this many the largest network needs a fifth, so that
    /// beginning anew beyond it costs less than keeping account of what was used last.
    private static let limit = 4096

    init() throws(EngineError) {
        let library = try OneDNNLibrary()
        var engine: dnnl_engine_t?
        var stream: dnnl_stream_t?
        guard library.engineCreate(&engine, dnnl_cpu, 0) == dnnl_success, let engine,
            library.streamCreate(&stream, engine, dnnl_stream_default_flags.rawValue) == dnnl_success, let stream
        else { throw EngineError("oneDNN could not start its engine on this processor.") }
        self.library = library
        self.engine = engine
        self.stream = stream
    }

    /// The primitive for a convolution; nil where oneDNN has none that is fast.
    func convolution(_ key: ConvolutionKey) -> Primitive? {
        if let known = convolutions[key] { return known }
        let made = key.makePrimitive(self)
        if convolutions.count >= Self.limit { convolutions.removeAll() }
        convolutions[key] = .some(made)
        return made
    }

    /// The primitive for a product of matrices; nil where oneDNN has none that is fast.
    func product(_ key: ProductKey) -> Primitive? {
        if let known = products[key] { return known }
        let made = key.makePrimitive(self)
        if products.count >= Self.limit { products.removeAll() }
        products[key] = .some(made)
        return made
    }

    /// Whether two descriptors mean the same order.
    func areEqual(_ a: dnnl_memory_desc_t, _ b: dnnl_memory_desc_t) -> Bool {
        var (a, b) = (a, b)
        return library.memoryDescriptorEqual(&a, &b) != 0
    }

    /// The bytes that a tensor in this order takes.
    func byteCount(_ descriptor: dnnl_memory_desc_t) -> Int {
        var descriptor = descriptor
        return library.memoryDescriptorSize(&descriptor)
    }
}
#endif
