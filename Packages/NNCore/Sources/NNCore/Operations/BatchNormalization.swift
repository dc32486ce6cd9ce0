/// Adds what several processes have calculated of their parts of a batch.
public protocol StatisticsExchange: AnyObject, Sendable {
    /// The sums of these numbers over all processes, of which each brings as many, in the same order of calls. Where other
    /// processes have failed it returns what it was given, and the calculation is not used.
    func sum(_ values: [Double]) -> [Double]
}

/// Where batch normalization takes mean and variance from.
public enum NormStatistics: Sendable {
    // Sendable: tensors are values.
    /// From the pixels at hand, as in training.
    case batch
    /// From the pixels that all processes have at hand, which train together.
    case batches(of: any StatisticsExchange)
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
    /// The statistics of the batches of other processes; nil for those of the batch at hand.
    var shared: SharedStatistics?

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
        var (mean, variance) =
            usesBatchStatistics
            ? ChannelNorm.statistics(of: input) : (inputs[inputs.count - 2], inputs[inputs.count - 1])
        if let shared {
            (mean, variance) = shared.combine(
                mean: mean, variance: variance, count: input.elementCount / max(input.shape[-1], 1))
        }
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

        let means = mean.floats
        // Those of all processes for the gradient by the input; the others are added up with all gradients.
        let (sums, products) = shared?.added(sum.floats, product.floats) ?? (sum.floats, product.floats)
        let ownProducts = product.floats
        let (factors, inverse) = (scale.floats, variance.floats.map { 1 / ($0 + epsilon).squareRoot() })
        let channels = means.count
        let count = Float(shared?.count ?? input.elementCount / max(channels, 1))
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
        result[1] = Tensor((0..<channels).map { ownProducts[$0] * inverse[$0] })
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

/// The statistics of a batch of which several processes have a part each.
final class SharedStatistics: Sendable {
    private let exchange: any StatisticsExchange
    private let total = Locked(0)

    init(_ exchange: any StatisticsExchange) { self.exchange = exchange }

    /// The number of values of each channel in all parts, once statistics were combined.
    var count: Int { total.withLock { $0 } }

    /// The mean and the biased variance of all parts. In double precision, in which the square of a mean loses nothing that
    /// float32 has.
    func combine(mean: Tensor, variance: Tensor, count: Int) -> (mean: Tensor, variance: Tensor) {
        let size = Double(count)
        let means = mean.floats.map(Double.init)
        let squares = zip(means, variance.floats).map { size * (Double($1) + $0 * $0) }
        let sums = exchange.sum([size] + means.map { $0 * size } + squares)
        total.withLock { $0 = Int(sums[0]) }
        let all = sums[1..<means.count + 1].map { $0 / sums[0] }
        let variances = zip(all, sums.dropFirst(means.count + 1)).map { max($1 / sums[0] - $0 * $0, 0) }
        return (Tensor(all.map { Float($0) }), Tensor(variances.map { Float($0) }))
    }

    /// The sums of all parts of what the gradient by the input takes.
    func added(_ sums: [Float], _ products: [Float]) -> (sums: [Float], products: [Float]) {
        let all = exchange.sum((sums + products).map(Double.init)).map { Float($0) }
        return (Array(all[..<sums.count]), Array(all[sums.count...]))
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
    /// - Returns: The output in this tensor's shape and type, and mean and biased variance, `[C]`, and the number of values
    ///   of each channel that they are of.
    public func batchNormalized(
        scale: Tensor, offset: Tensor, statistics: NormStatistics, epsilon: Float = 1e-5,
        activation: Activation = .identity, residual: Tensor? = nil
    ) -> (output: Tensor, mean: Tensor, variance: Tensor, count: Int) {
        var inputs = [self, scale, offset]
        if let residual { inputs.append(residual) }
        var usesBatch = true
        var shared: SharedStatistics?
        switch statistics {
        case .batch: break
        case .batches(let exchange): shared = isSymbolic ? nil : SharedStatistics(exchange)
        case .running(let mean, let variance):
            inputs += [mean.detached, variance.detached]
            usesBatch = false
        }
        let results = BatchNormalization(
            epsilon: epsilon, activation: activation, usesBatchStatistics: usesBatch, hasResidual: residual != nil,
            shared: shared
        ).apply(to: inputs)
        let count = shared?.count ?? elementCount / Swift.max(shape.last ?? 1, 1)
        return (results[0], results[1].detached, results[2].detached, count)
    }
}
