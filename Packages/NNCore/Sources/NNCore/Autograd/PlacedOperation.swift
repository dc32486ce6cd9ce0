/// Calculates all elements of results that are given, from inputs of the form that it was made for.
typealias ResultWriter = @Sendable (_ inputs: [Tensor], _ results: [Tensor]) -> Void

/// An operation whose results can be written into memory that was planned for them.
protocol PlacedOperation: TensorOperation {
    /// Does once what depends on the form of the inputs alone.
    ///
    /// `forward` of the same inputs gives the same results, to the bit.
    /// - Returns: nil where the result is the input itself.
    func writer(for inputs: [TensorSpecification]) -> ResultWriter?
}

extension PlacedOperation {
    /// The results in memory of their own, without anything saved for the pullback.
    func written(_ inputs: [Tensor]) -> [Tensor] {
        let forms = inputs.map(\.specification)
        guard let writer = writer(for: forms) else { return inputs }
        // The shape rule has passed these inputs.
        let results = try! outputs(for: forms).map { Tensor(uninitialized: $0.shape, dataType: $0.dataType) }
        writer(inputs, results)
        return results
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] { written(inputs) }
}
