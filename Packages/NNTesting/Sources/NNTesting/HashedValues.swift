import NNLayers

extension Module {
    /// Gives every parameter and statistic values that follow from its name and place alone, so that the
    /// same network of another framework can be given the same ones and no file need hold them.
    ///
    /// `Tests/Fixtures/hashed_values.py` does the same in PyTorch. Weights have the variance 2 / fan in.
    public func fillWithHashedValues() {
        let tree = ModuleTree(self)
        for (name, parameter) in tree.parameters { parameter.value = hashedValues(name, parameter.shape) }
        for (name, buffer) in tree.buffers where buffer.wrappedValue.dataType == .float32 {
            buffer.wrappedValue = hashedValues(name, buffer.wrappedValue.shape)
        }
    }
}

/// The values of one tensor of a state dictionary, scaled for what its name says that it is.
public func hashedValues(_ name: String, _ shape: Shape) -> Tensor {
    if shape.rank > 1 { return hashedWeights(name, shape, fanIn: shape.dimensions.dropFirst().reduce(1, *)) }
    if name.hasSuffix("running_var") { return hashedValues(name, shape, offset: 1, scale: 0.3) }
    if name.hasSuffix("weight") { return hashedValues(name, shape, offset: 1, scale: 0.2) }
    return hashedValues(name, shape, offset: 0, scale: 0.1)
}

/// The values of one tensor of a file of Keras, whose name ends in what it is: `conv1/kernel:0`.
///
/// `Tests/Fixtures/hashed_values.py` makes the same ones.
public func hashedKerasValues(_ name: String, _ shape: Shape) -> Tensor {
    if shape.rank > 1 {
        // Of a depthwise kernel [H, W, C, 1] each channel sees one alone.
        let seen = shape.rank == 4 && shape[3] == 1 ? shape.dimensions.prefix(2) : shape.dimensions.dropLast()
        return hashedWeights(name, shape, fanIn: seen.reduce(1, *))
    }
    if name.contains("moving_variance") || name.contains("running_std") {
        return hashedValues(name, shape, offset: 1, scale: 0.3)
    }
    if name.contains("gamma") { return hashedValues(name, shape, offset: 1, scale: 0.2) }
    return hashedValues(name, shape, offset: 0, scale: 0.1)
}

private func hashedWeights(_ name: String, _ shape: Shape, fanIn: Int) -> Tensor {
    hashedValues(name, shape, offset: 0, scale: (6 / Double(fanIn)).squareRoot())
}

private func hashedValues(_ name: String, _ shape: Shape, offset: Double, scale: Double) -> Tensor {
    let noise = HashedNoise(name)
    // A loop, because whole networks are filled, without optimization too.
    let values = [Float](unsafeUninitializedCapacity: shape.elementCount) { values, count in
        for index in 0..<shape.elementCount { values[index] = Float(offset + scale * noise[index]) }
        count = shape.elementCount
    }
    return Tensor(values, shape: shape)
}

/// Numbers from -1 to below 1, multiples of 2^-23, that follow from a name.
public func hashedNoise(_ name: String, _ count: Int) -> [Double] {
    let noise = HashedNoise(name)
    return (0..<count).map { noise[$0] }
}

/// FNV-1a of a name, which seeds SplitMix64 (Steele et al. 2014).
private struct HashedNoise {
    private let seed: UInt64

    init(_ name: String) {
        seed = name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    subscript(index: Int) -> Double {
        var state = seed &+ UInt64(index + 1) &* 0x9e37_79b9_7f4a_7c15
        state = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
        state = (state ^ state >> 27) &* 0x94d0_49bb_1331_11eb
        return Double((state ^ state >> 31) >> 40) / Double(1 << 23) - 1
    }
}
