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
    let noise = hashedNoise(name, shape.elementCount)
    let (offset, scale): (Double, Double) =
        if shape.rank > 1 {
            (0, (6 / Double(shape.dimensions.dropFirst().reduce(1, *))).squareRoot())
        } else if name.hasSuffix("running_var") {
            (1, 0.3)
        } else if name.hasSuffix("weight") {
            (1, 0.2)
        } else {
            (0, 0.1)
        }
    return Tensor(noise.map { Float(offset + scale * $0) }, shape: shape)
}

/// Numbers from -1 to below 1, multiples of 2^-23, that follow from a name.
public func hashedNoise(_ name: String, _ count: Int) -> [Double] {
    // FNV-1a of the name seeds SplitMix64 (Steele et al. 2014).
    let seed = name.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return (0..<count).map { index in
        var state = seed &+ UInt64(index + 1) &* 0x9e37_79b9_7f4a_7c15
        state = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
        state = (state ^ state >> 27) &* 0x94d0_49bb_1331_11eb
        return Double((state ^ state >> 31) >> 40) / Double(1 << 23) - 1
    }
}
