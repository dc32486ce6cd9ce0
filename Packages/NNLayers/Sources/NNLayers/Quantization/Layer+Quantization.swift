@_spi(Kernels) import NNCore

extension Layer {
    /// Lets convolutions and linear layers calculate in 8 bits, with ranges of activations from some images.
    ///
    /// ```swift
    /// let report = try network.quantize(calibratedOn: batches, by: .percentile(99.99))
    /// let logits = network.prepared()(images, .inference())
    /// ```
    ///
    /// Weights are symmetric with a scale for each output channel, into which batch norms are multiplied; activations have
    /// one scale and zero point for each tensor. All convolutions and linear layers that inference uses are quantized, the
    /// first and the last one, too, as ONNX Runtime and TensorRT do; everything else, and the result of the network, stays
    /// float32. Chains of convolutions pass bytes on where they are planned, see ``PreparedNetwork``. The weights in
    /// float32 stay where they are, for ``Module/removeQuantization()``.
    /// - Parameters:
    ///   - batches: Images `[N, H, W, C]`, normalized as for inference, a few hundred in all; they pass twice.
    ///   - calibration: How ranges are found; from the least to the greatest value by default.
    ///   - exceptions: The names of layers or of modules around them that stay float32, such as `head`.
    /// - Returns: What was quantized, with the noise of each layer.
    /// - Throws: ``QuantizationError`` for a network that is quantized already, without images, for activations that are
    ///   not finite, and for a name of `exceptions` that no layer has; the network then stays as it was. What `batches`
    ///   throw is passed on.
    @discardableResult
    public func quantize(
        calibratedOn batches: some Sequence<Tensor>, by calibration: Calibration = .minimumMaximum,
        except exceptions: [String] = []
    ) throws -> QuantizationReport {
        let kept = Array(batches)
        return try quantize(by: calibration, except: exceptions) { body in for batch in kept { try body(batch) } }
    }

    /// As ``quantize(calibratedOn:by:except:)``, for batches that are not in memory at once.
    /// - Parameter forEachBatch: Calls its argument with each batch. It is called twice.
    @discardableResult
    public func quantize(
        by calibration: Calibration = .minimumMaximum, except exceptions: [String] = [],
        forEachBatch: ((Tensor) throws -> Void) throws -> Void
    ) throws -> QuantizationReport {
        if case .percentile(let value) = calibration {
            require(value > 50 && value <= 100, "quantize: the percentile \(value) must be above 50 and at most 100")
        }
        guard quantization.isEmpty else {
            throw QuantizationError("the network is quantized already; call removeQuantization() first")
        }
        let layers = ModuleTree(self).quantizableLayers
        func isNamed(_ layer: String, by name: String) -> Bool { layer == name || layer.hasPrefix(name + ".") }
        for name in exceptions where !layers.contains(where: { isNamed($0.name, by: name) }) {
            let some = layers.prefix(3).map { "'\($0.name)'" }.joined(separator: ", ")
            let rest = layers.count > 3 ? ", ..." : ""
            throw QuantizationError("there is no convolution or linear layer '\(name)'; there are \(some)\(rest)")
        }
        let recorder = try record(.ranges(calibration), forEachBatch)
        var forms: [String: LayerQuantization] = [:]
        for (name, layer) in layers where !exceptions.contains(where: { isNamed(name, by: $0) }) {
            guard let inputs = recorder.inputs[ObjectIdentifier(layer)],
                QuantizedWeight.canHold(layer.weightParameter.shape)
            else { continue }
            forms[name] = try form(of: layer, name: name, inputs, calibration)
        }
        guard !forms.isEmpty else {
            throw QuantizationError("no convolution or linear layer is used in inference; nothing can be quantized")
        }
        try setQuantization(forms)
        do {
            let noise = try record(.noise, forEachBatch).energies
            return QuantizationReport(
                layers: layers.compactMap { name, layer in
                    forms[name].map { form in
                        QuantizationReport.Layer(
                            name: name, weightCount: form.weight.bytes.elementCount,
                            signalToNoise: noise[ObjectIdentifier(layer)]?.ratio ?? .infinity)
                    }
                }, keptNames: layers.map(\.name).filter { forms[$0] == nil })
        } catch {
            removeQuantization()
            throw error
        }
    }

    /// Calculates all batches with a recorder.
    private func record(
        _ purpose: QuantizationRecorder.Purpose, _ forEachBatch: ((Tensor) throws -> Void) throws -> Void
    ) throws -> QuantizationRecorder {
        let recorder = QuantizationRecorder(purpose)
        var count = 0
        try forEachBatch { images in
            let context = Context.inference()
            context.quantizer = recorder
            count += images.rank > 0 ? images.shape[0] : 0
            withoutGradients { _ = self(images.cast(to: .float32), context) }
        }
        guard count > 0 else { throw QuantizationError("there are no images to calibrate on") }
        return recorder
    }

    private func form(
        of layer: any QuantizableLayer, name: String, _ inputs: QuantizationRecorder.Inputs, _ calibration: Calibration
    ) throws -> LayerQuantization {
        let weight = layer.weightParameter.value
        guard weight.isFinite, inputs.input.isFinite, inputs.residual?.isFinite ?? true else {
            throw QuantizationError("not all weights and inputs of the layer '\(name)' are finite; train it again")
        }
        func quantization(_ range: ActivationRange) -> AffineQuantization {
            AffineQuantization(covering: range.range(calibration) ?? 0...0)
        }
        return LayerQuantization(
            weight: QuantizedWeight(weight), input: quantization(inputs.input),
            residual: inputs.residual.map(quantization))
    }
}

/// What a quantization did.
public struct QuantizationReport: Sendable {
    /// A layer that calculates in 8 bits.
    public struct Layer: Sendable {
        /// The name, as in a state dictionary without `weight`.
        public var name: String
        /// The number of weights.
        public var weightCount: Int
        /// The energy of the output over that of the error by 8 bits, for exact inputs, in decibels.
        public var signalToNoise: Double
    }

    /// The quantized layers, in the order of their declaration.
    public var layers: [Layer]
    /// The convolutions and linear layers that stay float32.
    public var keptNames: [String]
}
