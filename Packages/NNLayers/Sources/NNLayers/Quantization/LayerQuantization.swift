@_spi(Kernels) import NNCore

/// The 8-bit form of a convolution or a linear layer: its weight, and how what it reads is rounded.
public struct LayerQuantization: Sendable {
    /// The weight in 8 bits, with a scale for each output channel; a normalization that follows is multiplied into the
    /// scales.
    public var weight: QuantizedWeight
    /// How the input is rounded.
    public var input: AffineQuantization
    /// How the residual is rounded that the block of the convolution adds; nil where there is none.
    public var residual: AffineQuantization?

    /// The 8-bit form of a layer from its parts.
    public init(weight: QuantizedWeight, input: AffineQuantization, residual: AffineQuantization? = nil) {
        self.weight = weight
        self.input = input
        self.residual = residual
    }

    /// Whether both stand for the same calculation; weights are compared by their memory.
    func isSame(as other: LayerQuantization) -> Bool {
        weight.bytes.sharesMemory(with: other.weight.bytes) && weight.scales.sharesMemory(with: other.weight.scales)
            && input == other.input && residual == other.residual
    }
}

/// A layer that can calculate in 8 bits.
protocol QuantizableLayer: Layer {
    /// The weight `[O, ...]`.
    var weightParameter: Parameter { get }

    /// The 8-bit form, by which inference then calculates; nil for float32.
    ///
    /// Assign it while no thread predicts.
    var quantization: LayerQuantization? { get set }
}

extension QuantizableLayer {
    /// Calculates the layer, with what is fused into it, in the form that it has.
    /// - Parameters:
    ///   - exact: In float32.
    ///   - quantized: In 8 bits.
    func calculate(
        _ input: Tensor, residual: Tensor? = nil, _ context: Context, exact: () -> Tensor,
        quantized: (LayerQuantization) -> Tensor
    ) -> Tensor {
        if let recorder = context.quantizer, !input.isSymbolic {
            return recorder.record(self, input, residual, exact: exact, quantized: quantized)
        }
        guard let quantization else { return exact() }
        require(
            !context.isTraining,
            "\(typeName): a quantized layer cannot be trained; call removeQuantization() on the network first")
        return quantized(quantization)
    }
}

extension Module {
    /// The 8-bit forms of the layers that have one, by their names: `backbone.layer1.0.conv1`.
    public var quantization: [String: LayerQuantization] {
        ModuleTree(self).quantizableLayers.reduce(into: [:]) { $0[$1.name] = $1.layer.quantization }
    }

    /// Gives layers the 8-bit forms of ``quantization``, and removes those of all others.
    /// - Throws: ``QuantizationError`` for a name or a shape that the network does not have, which leaves it as it was.
    public func setQuantization(_ forms: [String: LayerQuantization]) throws(QuantizationError) {
        let layers = ModuleTree(self).quantizableLayers
        let shapes = Dictionary(layers.map { ($0.name, $0.layer.weightParameter.shape) }) { first, _ in first }
        for (name, form) in forms.sorted(by: { $0.key < $1.key }) where shapes[name] != form.weight.bytes.shape {
            throw QuantizationError(
                "the network has no layer '\(name)' with a weight of \(form.weight.bytes.shape)"
                    + (shapes[name].map { ", but one of \($0)" } ?? ""))
        }
        for (name, layer) in layers { layer.quantization = forms[name] }
    }

    /// Lets all layers calculate in float32 again, by the weights that they had before.
    public func removeQuantization() {
        for (_, layer) in ModuleTree(self).quantizableLayers { layer.quantization = nil }
    }
}

extension ModuleTree {
    var quantizableLayers: [(name: String, layer: any QuantizableLayer)] {
        entries.compactMap { entry in (entry.module as? any QuantizableLayer).map { (entry.path, $0) } }
    }
}

/// A network that cannot be quantized, with the remedy.
public struct QuantizationError: Error, Sendable, CustomStringConvertible {
    public let description: String

    /// An error with what is wrong and what to do about it.
    public init(_ description: String) { self.description = description }
}
