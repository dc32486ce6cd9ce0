import CNNOneDNN
import NNCore

/// The library with its engine and stream, and the primitives compiled so far.
///
/// It is not safe for several threads at once; the lock of ``OneDNNBackend`` owns it.
final class OneDNNRuntime {
    /// How a convolution is calculated.
    final class Convolution {
        let treatment: Treatment
        /// Nil if the treatment consists of other calculations.
        let primitive: Primitive?
        /// The order of the weight, or of its gradient.
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
    private let leavesFaster: Bool
    private var convolutions: [Threaded<ConvolutionKey>: Convolution] = [:]
    private var products: [Threaded<ProductKey>: Primitive?] = [:]
    /// Images of many sizes need primitives of many shapes. The largest network needs a fifth of this number for one
    /// size, so starting over beyond it costs less than tracking what was used last.
    private static let limit = 4096

    init(_ library: OneDNNLibrary, rules: OneDNNRules, leavesFaster: Bool = true) throws(EngineError) {
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
        self.leavesFaster = leavesFaster
    }

    deinit {
        // Primitives are released before the engine that they were compiled for.
        convolutions.removeAll()
        products.removeAll()
        _ = library.functions.stream_destroy(stream)
        _ = library.functions.engine_destroy(engine)
    }

    /// How a convolution is calculated; compiled at its first use.
    func convolution(_ key: ConvolutionKey) -> Convolution {
        let threaded = Threaded(key)
        if let known = convolutions[threaded] { return known }
        let made = makeConvolution(key)
        if convolutions.count >= Self.limit { convolutions.removeAll() }
        convolutions[threaded] = made
        return made
    }

    private func makeConvolution(_ key: ConvolutionKey) -> Convolution {
        if leavesFaster, key.isFasterElsewhere { return Convolution(.decline) }
        // 8x56x56 with 128 channels to 128 takes 124 ms by emulated products and 24 ms in float32 (2.6.3, AVX-512).
        if key.dataType == .bfloat16, library.emulatesBFloat16 { return Convolution(.useFloat32) }
        // The reference code is up to 50 times slower than the next backend.
        guard let plan = key.makePlan(self), !plan.implementation.hasPrefix("ref"),
            !leavesFaster || !key.isFasterElsewhere(than: plan.implementation)
        else { return Convolution(.decline) }
        let treatment = rules.treatment(of: key, implementation: plan.implementation)
        guard treatment == .direct || treatment == .clearScratch else { return Convolution(treatment) }
        guard
            let primitive = Primitive(
                plan, arguments: key.arguments(library), clearsScratch: treatment == .clearScratch, self),
            let order = WeightOrder(dimensions: key.weightDimensions, layout: primitive.layouts[1])
        else { return Convolution(.decline) }
        return Convolution(treatment, primitive, order)
    }

    /// The primitive of a matrix product, compiled at its first use; nil if oneDNN has no fast one.
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

/// A calculation by a number of threads: the code is made for it, and the scratch memory has a part for each thread.
private struct Threaded<Key: Hashable>: Hashable {
    let key: Key
    let threads: Int

    init(_ key: Key) {
        self.key = key
        threads = Engine.threadCount
    }
}
