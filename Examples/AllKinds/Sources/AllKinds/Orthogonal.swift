import NNLayers

/// Weights with orthonormal rows or, where there are more rows than columns, columns (Saxe et al. 2014): a layer then
/// keeps the norm of what it does not project away.
public struct Orthogonal: Initializer, BuildableOptions {
    /// A factor of all values.
    public var gain: Float = 1

    /// The default gain.
    public init() {}

    /// - Parameter gain: A factor of all values; 0 or more.
    public init(gain: Float) {
        self.gain = gain
        requireOptions("Orthogonal", validate)
    }

    public func validate() throws { try check("gain", gain, .notNegative) }

    public func build(_: Void, in registry: Registry) -> any Initializer { self }

    /// The values of a weight `[O, ...]`, whose rows are the outputs.
    public func values(_ shape: Shape, key: RandomKey) -> Tensor {
        let outputs = shape.first ?? 1
        let inputs = shape.dropFirst().reduce(1, *)
        let isWide = outputs <= inputs
        let count = min(outputs, inputs)
        var vectors = split(Tensor.normal(shape, key: key).floats, count, isWide: isWide)
        // Modified Gram-Schmidt; random vectors are linearly independent.
        for index in 0..<count {
            for other in 0..<index {
                let product = dot(vectors[index], vectors[other])
                for element in vectors[index].indices { vectors[index][element] -= product * vectors[other][element] }
            }
            let norm = dot(vectors[index], vectors[index]).squareRoot()
            for element in vectors[index].indices { vectors[index][element] /= norm }
        }
        var values = [Float](repeating: 0, count: shape.elementCount)
        for (index, vector) in vectors.enumerated() {
            for (element, value) in vector.enumerated() {
                values[isWide ? index * inputs + element : element * inputs + index] = gain * Float(value)
            }
        }
        return Tensor(values, shape: shape)
    }

    /// The rows of a matrix, or its columns, of which there are `count`.
    private func split(_ values: [Float], _ count: Int, isWide: Bool) -> [[Double]] {
        let length = values.count / max(count, 1)
        return (0..<count).map { index in
            (0..<length).map { Double(values[isWide ? index * length + $0 : $0 * count + index]) }
        }
    }

    private func dot(_ left: [Double], _ right: [Double]) -> Double {
        var sum = 0.0
        for index in left.indices { sum += left[index] * right[index] }
        return sum
    }
}
