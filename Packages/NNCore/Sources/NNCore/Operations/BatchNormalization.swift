/// Where batch normalization takes mean and variance from.
public enum NormStatistics: Sendable {
    // Sendable: tensors are values.
    /// From the pixels at hand, as in training.
    case batch
    /// Given, as in inference: `[C]` each.
    case running(mean: Tensor, variance: Tensor)
}

/// Batch normalization (Ioffe and Szegedy 2015), then a residual addition and an activation, in one pass.
///
/// Only the input is kept: the pullback calculates the activation's slope again from it, and operations after it that
/// need the result have it calculated again, which halves the memory of a network of such blocks.
struct BatchNormalization: TensorOperation {
    let name = "batch_norm"
    let epsilon: Float
    let activation: Activation
    let usesBatchStatistics: Bool
    let hasResidual: Bool

    var attributes: [String: OperationAttribute] {
        [
            "epsilon": .float(epsilon), "activation": .text(activation.name), "slope": .float(activation.slope),
            "uses_batch_statistics": .bool(usesBatchStatistics), "has_residual": .bool(hasResidual),
        ]
    }

    // Inputs: x, scale, offset, then residual where there is one, then mean and variance where given.
    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        _ = try inputs[0].floatingPoint(for: name)
        let channels = inputs[0].shape.last ?? 0
        if let problem = NumberRule.notNegative.problem(with: epsilon) {
            throw ShapeError(operation: name, reason: "epsilon \(problem)")
        }
        for vector in inputs[1..<3] + inputs[(hasResidual ? 4 : 3)...] {
            try vector.requireFloat32("scale, offset, mean or variance", for: name)
            if vector.shape != [channels] {
                throw ShapeError(operation: name, reason: "\(vector.shape) factors for \(channels) channels")
            }
        }
        if hasResidual, inputs[3] != inputs[0] {
            throw ShapeError(operation: name, reason: "a residual \(inputs[3]) is added to \(inputs[0])")
        }
        if usesBatchStatistics, inputs[0].shape.elementCount <= channels, channels > 0 {
            throw ShapeError(
                operation: name,
                reason: "training needs more than one value for each channel, but the input is \(inputs[0].shape); "
                    + "use a larger batch or larger images")
        }
        let vector = TensorSpecification(shape: [channels])
        return [inputs[0], vector, vector]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let (input, scale, offset) = (inputs[0], inputs[1], inputs[2])
        let residual = hasResidual ? inputs[3] : nil
        let (mean, variance) =
            usesBatchStatistics
            ? ChannelNorm.statistics(of: input) : (inputs[inputs.count - 2], inputs[inputs.count - 1])
        let norm = Self.norm(
            input, residual, activation, scale: scale, offset: offset, mean: mean, variance: variance, epsilon: epsilon)
        context.keepsInputsOfLongestRecomputation()
        context.save(input, scale, offset, mean, variance)
        if let residual {
            context.save(residual)
        } else {
            context.recomputesResult(from: [input, scale, offset, mean, variance]) { [activation, epsilon] sources in
                let norm = Self.norm(
                    sources[0], nil, activation, scale: sources[1], offset: sources[2], mean: sources[3],
                    variance: sources[4], epsilon: epsilon)
                return norm.forward()
            }
        }
        return [norm.forward(), mean, variance]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let (input, scale, offset) = (context.saved(0), context.saved(1), context.saved(2))
        let (mean, variance) = (context.saved(3), context.saved(4))
        let residual = hasResidual ? context.saved(5) : nil
        let norm = Self.norm(
            input, residual, activation, scale: scale, offset: offset, mean: mean, variance: variance, epsilon: epsilon)
        var gradient = context.takeGradient()
        let (sum, product, inner) = norm.backwardSums(gradient: gradient, mean: mean)

        let (means, sums, products) = (mean.floats, sum.floats, product.floats)
        let (factors, inverse) = (scale.floats, variance.floats.map { 1 / ($0 + epsilon).squareRoot() })
        let channels = means.count
        let count = Float(input.elementCount / max(channels, 1))
        var result: [Tensor?] = [nil, nil, nil]
        if context.needsGradient(0) {
            // dx = scale / σ · (g - Σg / n - x̂ · Σ(g x̂) / n), which is a g + b x + c.
            let a = (0..<channels).map { factors[$0] * inverse[$0] }
            var (b, c) = ([Float](repeating: 0, count: channels), [Float](repeating: 0, count: channels))
            if usesBatchStatistics {
                for channel in 0..<channels {
                    b[channel] = -a[channel] * products[channel] * inverse[channel] * inverse[channel] / count
                    c[channel] = -a[channel] * sums[channel] / count - b[channel] * means[channel]
                }
            }
            norm.backwardInput(gradient: &gradient, inner: inner, a: a, b: b, c: c)
            result[0] = gradient
        }
        result[1] = Tensor((0..<channels).map { products[$0] * inverse[$0] })
        result[2] = sum
        if hasResidual { result.append(inner) }
        if !usesBatchStatistics { result += [nil, nil] }
        return result
    }

    /// scale · (x - mean) / √(variance + ε) + offset as one factor and one summand for each channel.
    static func norm(
        _ input: Tensor, _ residual: Tensor?, _ activation: Activation, scale: Tensor, offset: Tensor, mean: Tensor,
        variance: Tensor, epsilon: Float
    ) -> ChannelNorm {
        let factors = zip(scale.floats, variance.floats).map { $0 / ($1 + epsilon).squareRoot() }
        let summands = zip(offset.floats, zip(mean.floats, factors)).map { $0 - $1.0 * $1.1 }
        return ChannelNorm(
            input: input, residual: residual, activation: activation, scale: Tensor(factors), shift: Tensor(summands))
    }
}

extension Tensor {
    /// Normalizes each channel to mean `offset` and standard deviation `scale`, then adds a residual and
    /// activates.
    ///
    /// `activation((x - mean) / √(variance + ε) · scale + offset + residual)` (Ioffe and Szegedy 2015).
    /// - Parameters:
    ///   - scale: `[C]`, float32.
    ///   - offset: `[C]`, float32.
    ///   - statistics: Of the batch, or given.
    ///   - residual: In the shape and type of this tensor, `[N, ..., C]`.
    /// - Returns: The output in this tensor's shape and type, and mean and biased variance, `[C]`.
    public func batchNormalized(
        scale: Tensor, offset: Tensor, statistics: NormStatistics, epsilon: Float = 1e-5,
        activation: Activation = .identity, residual: Tensor? = nil
    ) -> (output: Tensor, mean: Tensor, variance: Tensor) {
        var inputs = [self, scale, offset]
        if let residual { inputs.append(residual) }
        var usesBatch = true
        if case .running(let mean, let variance) = statistics {
            inputs += [mean.detached, variance.detached]
            usesBatch = false
        }
        let results = BatchNormalization(
            epsilon: epsilon, activation: activation, usesBatchStatistics: usesBatch, hasResidual: residual != nil
        ).apply(to: inputs)
        return (results[0], results[1].detached, results[2].detached)
    }
}
