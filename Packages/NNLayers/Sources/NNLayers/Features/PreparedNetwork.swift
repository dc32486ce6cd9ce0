@_spi(Kernels) import NNCore
import Synchronization

/// A network for inference: its operations are planned once for each shape of images, and then repeated.
///
/// With the first images of a shape, normalizations are multiplied into filters, weights are packed, code is chosen and
/// memory is planned. Results are those of the network itself, to the bit. Large batches pass in pieces whose feature
/// maps stay in the processor's cache.
///
/// ```swift
/// let prepared = network.prepared()
/// let logits = prepared(images, .inference())
/// ```
///
/// No gradients are recorded. Weights that change are noticed: the next call plans anew. Plans share the memory of
/// weights, so training beside them copies every weight once. Training, an observer, images by which a gradient is
/// asked for, and layers that draw random numbers pass through the network itself. Any thread may predict.
public final class PreparedNetwork: Layer {
    /// The network, under whose names parameters are saved. Its modules must stay the same.
    @Child("") public var network: any Layer
    private let state = Mutex(State())

    /// What a plan depends on besides the weights.
    private struct Key: Hashable {
        let images: TensorSpecification
        let precision: Precision
        let threads: Int
        let winograd: WinogradTiles
        let fastFloat32: Bool

        init(_ images: TensorSpecification, _ precision: Precision) {
            self.images = images
            self.precision = precision
            threads = Engine.threadCount
            winograd = Engine.winograd
            fastFloat32 = Engine.fastFloat32
        }
    }

    private struct State {
        var weights: KeptWeights?
        /// Nil where the network draws random numbers.
        var plans: [Key: PreparedCalculation?] = [:]
        /// The images that pass at once, by what one image looks like.
        var pieces: [TensorSpecification: Int] = [:]

        /// Images of many sizes would each keep memory: the plans of a batch, its remainder, and a few scales remain.
        mutating func keep(_ plan: PreparedCalculation?, for key: Key) {
            if plans.count >= 8 { plans.removeAll() }
            plans[key] = .some(plan)
        }
    }

    /// Prepares a network with the first images.
    /// - Parameter network: Maps images `[N, H, W, C]` to a result for each, such as logits `[N, classes]`.
    public init(_ network: any Layer) { self.network = network }

    /// Prepares the network for images before the first ones come.
    /// - Parameters:
    ///   - images: What a batch looks like: `[N, H, W, C]`.
    ///   - precision: The type of activations, float32 by default.
    /// - Throws: `ShapeError` for images that do not fit.
    public func prepare(for images: TensorSpecification, precision: Precision = .float32) throws(ShapeError) {
        var piece = images
        piece.shape[0] = min(try pieceLength(for: images, precision), images.shape[0])
        _ = try plan(for: Tensor.zeros(piece.shape, dataType: piece.dataType), .inference(precision: precision))
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        let isObserved = context.observer != nil || context.quantizer != nil
        let isPlanned = !context.isTraining && !isObserved && !input.isSymbolic && !input.isTracked
        guard isPlanned, input.rank > 1, input.elementCount > 0 else { return network(input, context) }
        do {
            let (count, length) = (input.shape[0], try pieceLength(for: input.specification, context.precision))
            if count <= length { return try logits(of: input, context) }
            var parts: [Tensor] = []
            for start in stride(from: 0, to: count, by: length) {
                parts.append(try logits(of: input.rows(start..<min(start + length, count)), context))
            }
            return .concatenated(parts, axis: 0)
        } catch {
            trap("\(error)")
        }
    }

    private func logits(of images: Tensor, _ context: Context) throws(ShapeError) -> Tensor {
        let known: PreparedCalculation?? = state.withLock { state in
            if let weights = state.weights, !weights.areCurrent { state.plans = [:] }
            return state.plans[Key(images.specification, context.precision)]
        }
        guard let known else { return try plan(for: images, context) }
        return known?(images)[0] ?? network(images, context)
    }

    /// Plans the calculation for images, and calculates their logits.
    private func plan(for images: Tensor, _ context: Context) throws(ShapeError) -> Tensor {
        let weights = KeptWeights(network)
        let own = Context.inference(precision: context.precision)
        let (calculation, logits) = try PreparedCalculation.planned(for: images) { [network($0, own)] }
        let plan = own.hasDrawnRandomNumbers ? nil : calculation
        state.withLock { state in
            if state.plans.isEmpty { state.weights = weights }
            state.keep(plan, for: Key(images.specification, context.precision))
        }
        return plan == nil ? network(images, context) : logits[0]
    }

    /// The number of images whose feature maps fit into the cache; not less than 8, since each piece reads all weights.
    private func pieceLength(for images: TensorSpecification, _ precision: Precision) throws(ShapeError) -> Int {
        var image = images
        image.shape[0] = 1
        // One image needs no measure.
        guard images.shape[0] > 8 else { return 8 }
        if let known = state.withLock({ $0.pieces[image] }) { return known }
        let bytes = try PreparedCalculation.largestFootprint(for: image) {
            [network($0, .inference(precision: precision))]
        }
        let fitting = ProcessorCache.byteCountOfCore * Engine.threadCount / max(bytes, 1)
        var length = 8
        while length * 2 <= fitting { length *= 2 }
        state.withLock { $0.pieces[image] = length }
        return length
    }
}

extension Layer {
    /// The network for inference, planned once for each shape of images and repeated, see ``PreparedNetwork``.
    public func prepared() -> PreparedNetwork { PreparedNetwork(self) }
}

/// The values that a network had when it was planned.
private struct KeptWeights: Sendable {
    private let parameters: [(parameter: Parameter, value: Tensor)]
    private let buffers: [(buffer: Buffer, value: Tensor)]
    private let forms: [(layer: QuantizedLayer, form: LayerQuantization?)]

    init(_ network: any Layer) {
        let tree = ModuleTree(network)
        parameters = tree.parameters.map { ($0.parameter, $0.parameter.value) }
        buffers = tree.buffers.map { ($0.buffer, $0.buffer.wrappedValue) }
        forms = tree.quantizableLayers.map { (QuantizedLayer($0.layer), $0.layer.quantization) }
    }

    /// Whether the network still has them. What is written to while it is kept here moves to other memory.
    var areCurrent: Bool {
        parameters.allSatisfy { $0.parameter.holds($0.value) } && buffers.allSatisfy { $0.buffer.holds($0.value) }
            && forms.allSatisfy { $0.layer.holds($0.form) }
    }
}

/// A layer that may be given another 8-bit form.
private struct QuantizedLayer: @unchecked Sendable {
    // Sendable: forms are assigned while no thread predicts.
    let layer: any QuantizableLayer
    init(_ layer: any QuantizableLayer) { self.layer = layer }

    /// Whether the form is the one that it had; none for nil.
    func holds(_ form: LayerQuantization?) -> Bool {
        switch (layer.quantization, form) {
        case (let now?, let before?): now.isSame(as: before)
        case (nil, nil): true
        default: false
        }
    }
}
