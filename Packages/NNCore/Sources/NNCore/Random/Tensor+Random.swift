import CNNKernels

extension Tensor {
    /// Numbers of equal probability within bounds.
    ///
    /// Element i depends on the key and i only. Use each key once: two tensors of one key hold the same
    /// numbers. bfloat16 is rounded from float32 and can reach the upper bound.
    public static func uniform(
        _ shape: Shape, in range: Range<Float> = 0..<1, key: RandomKey, dataType: DataType = .float32
    ) -> Tensor {
        require(range.upperBound - range.lowerBound, .finite, "uniform: the distance of the bounds \(range)")
        let result = Tensor(uninitialized: shape)
        nn_random_uniform(
            result.unsafePointer.assumingMemoryBound(to: Float.self), Int64(shape.elementCount), key.bits,
            range.lowerBound, range.upperBound)
        return result.cast(to: dataType)
    }

    /// Normally distributed numbers; keys as for ``uniform(_:in:key:dataType:)``.
    public static func normal(
        _ shape: Shape, mean: Float = 0, standardDeviation: Float = 1, key: RandomKey,
        dataType: DataType = .float32
    ) -> Tensor {
        require(mean, .finite, "normal: mean")
        require(standardDeviation, .notNegative, "normal: standardDeviation")
        let result = Tensor(uninitialized: shape)
        nn_random_normal(
            result.unsafePointer.assumingMemoryBound(to: Float.self), Int64(shape.elementCount), key.bits, mean,
            standardDeviation)
        return result.cast(to: dataType)
    }

    /// 1 with a probability, else 0, as uint8; keys as for ``uniform(_:in:key:dataType:)``.
    public static func bernoulli(_ shape: Shape, probability: Float, key: RandomKey) -> Tensor {
        require(probability, .fraction, "bernoulli: probability")
        return uniform(shape, key: key).isLess(than: probability)
    }
}
