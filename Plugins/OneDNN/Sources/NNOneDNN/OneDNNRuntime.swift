import CNNOneDNN
import NNCore

/// The library with its engine and stream, and the primitives that were compiled so far.
///
/// Not safe for two threads at once: ``OneDNNBackend`` holds its lock around every use.
final class OneDNNRuntime {
    /// What is done where a convolution is asked for.
    final class Convolution {
        let treatment: Treatment
        /// Nil where the treatment needs other calculations.
        let primitive: Primitive?
        /// The order of the primitive's weight, or of the weight's gradient.
        let weightOrder: WeightOrder?

        init(_ treatment: Treatment, _ primitive: Primitive? = nil, _ weightOrder: WeightOrder? = nil) {
            self.treatment = treatment
            self.primitive = primitive
            self.weightOrder = weightOrder
        }
    }

    let library: OneDNNLibrary
    let engine: onednn_engine
    let stream: onednn_stream
    private let rules: OneDNNRules
    private var convolutions: [Threaded<ConvolutionKey>: Convolution] = [:]
    private var products: [Threaded<ProductKey>: Primitive?] = [:]
    /// Pictures of many sizes need primitives of many shapes. Of this many the largest network needs a fifth, so that
    /// beginning anew beyond it costs less than keeping account of what was used last.
    private static let limit = 4096

    init(_ library: OneDNNLibrary, rules: OneDNNRules) throws(EngineError) {
        let functions = library.functions
        var engine: onednn_engine?
        var stream: onednn_stream?
        guard functions.engine_create(&engine, Int32(onednn_cpu), 0) == onednn_success, let engine,
            functions.stream_create(&stream, engine, 1) == onednn_success, let stream
        else { throw EngineError("oneDNN (\(library.path)) could not start its engine on this processor.") }
        self.library = library
        self.engine = engine
        self.stream = stream
        self.rules = rules
    }

    deinit {
        // What was compiled goes before the engine that it was compiled for.
        convolutions.removeAll()
        products.removeAll()
        _ = library.functions.stream_destroy(stream)
        _ = library.functions.engine_destroy(engine)
    }

    /// What is done for a convolution.
    func convolution(_ key: ConvolutionKey) -> Convolution {
        let threaded = Threaded(key)
        if let known = convolutions[threaded] { return known }
        let made = makeConvolution(key)
        if convolutions.count >= Self.limit { convolutions.removeAll() }
        convolutions[threaded] = made
        return made
    }

    private func makeConvolution(_ key: ConvolutionKey) -> Convolution {
        // The reference code is up to 50 times slower than the next backend.
        guard let plan = key.makePlan(self), !plan.implementation.hasPrefix("ref") else { return Convolution(.decline) }
        let treatment = rules.treatment(of: key, implementation: plan.implementation)
        guard treatment == .direct || treatment == .clearScratch else { return Convolution(treatment) }
        guard
            let primitive = Primitive(
                plan, arguments: key.arguments(library), clearsScratch: treatment == .clearScratch, self),
            let order = WeightOrder(dimensions: key.weightDimensions, layout: primitive.layouts[1])
        else { return Convolution(.decline) }
        return Convolution(treatment, primitive, order)
    }

    /// The primitive for a product of matrices; nil where oneDNN has none that is fast.
    func product(_ key: ProductKey) -> Primitive? {
        let threaded = Threaded(key)
        if let known = products[threaded] { return known }
        let plan = key.makePlan(self)
        let made =
            plan.flatMap { plan in
                plan.implementation.hasPrefix("ref")
                    ? nil : Primitive(plan, arguments: key.arguments, clearsScratch: false, self)
            }
        if products.count >= Self.limit { products.removeAll() }
        products[threaded] = .some(made)
        return made
    }
}

/// A calculation by a number of threads: the code is made for it, and the scratch memory has a part for each.
private struct Threaded<Key: Hashable>: Hashable {
    let key: Key
    let threads: Int

    init(_ key: Key) {
        self.key = key
        threads = Engine.threadCount
    }
}
