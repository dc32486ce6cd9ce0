import Foundation
@_spi(Kernels) import NNCore

/// Sees the inputs of layers that can calculate in 8 bits, as a network calculates in float32.
final class QuantizationRecorder {
    /// What is recorded of each layer.
    enum Purpose {
        /// The ranges of what it reads.
        case ranges(Calibration)
        /// The noise of its 8-bit form, for the exact input.
        case noise
    }

    /// What one layer reads.
    struct Inputs {
        var input: ActivationRange
        var residual: ActivationRange?
    }

    /// The energies of a layer's output and of what 8 bits change in it.
    struct Energies {
        var signal = 0.0
        var noise = 0.0

        /// In decibels; infinite where nothing changes.
        var ratio: Double { noise > 0 ? 10 * (log10(signal) - log10(noise)) : .infinity }
    }

    private let purpose: Purpose
    private(set) var inputs: [ObjectIdentifier: Inputs] = [:]
    private(set) var energies: [ObjectIdentifier: Energies] = [:]

    init(_ purpose: Purpose) { self.purpose = purpose }

    func record(
        _ layer: any QuantizableLayer, _ input: Tensor, _ residual: Tensor?, exact: () -> Tensor,
        quantized: (LayerQuantization) -> Tensor
    ) -> Tensor {
        let output = exact()
        let key = ObjectIdentifier(layer)
        switch purpose {
        case .ranges(let calibration):
            var known = inputs.removeValue(forKey: key) ?? Inputs(input: ActivationRange(calibration))
            known.input.add(input)
            if let residual {
                var range = known.residual ?? ActivationRange(calibration)
                range.add(residual)
                known.residual = range
            }
            inputs[key] = known
        case .noise:
            guard let form = layer.quantization else { break }
            let rounded = quantized(form).cast(to: .float32)
            var known = energies[key] ?? Energies()
            output.cast(to: .float32).withScalars(as: Float.self) { exact in
                rounded.withScalars(as: Float.self) { rounded in
                    for index in exact.indices {
                        let difference = Double(exact[index]) - Double(rounded[index])
                        known.signal += Double(exact[index]) * Double(exact[index])
                        known.noise += difference * difference
                    }
                }
            }
            energies[key] = known
        }
        return output
    }
}
