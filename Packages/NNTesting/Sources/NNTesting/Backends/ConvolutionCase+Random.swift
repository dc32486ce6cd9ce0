import NNCore

extension ConvolutionCase {
    /// Geometry number `index` of a fixed sequence: what nobody thought of together.
    static func random(_ index: Int) -> ConvolutionCase {
        var random = RandomChoices(RandomKey(seed: 90).derived(index))
        while true {
            let candidate = random.convolution(.small)
            let output = candidate.outputShape
            let products = output.elementCount * candidate.weightShape[1...].reduce(1, *)
            if output[1] > 0, output[2] > 0, products < 200_000 {
                return candidate.with(index % 2 == 0 ? .float32 : .bfloat16, isGraded: index % 3 == 2)
            }
        }
    }
}
