import CNNKernels

/// Sets elements to zero at random and scales the others so that the mean stays (Srivastava et al. 2014).
///
/// The pullback makes the same random numbers again, so no mask is kept.
struct Dropout: TensorOperation {
    let name = "dropout"
    let probability: Float
    let key: RandomKey

    var attributes: [String: OperationAttribute] { ["probability": .float(probability)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        try [inputs[0].floatingPoint(for: name)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] { [dropped(inputs[0])] }

    func backward(context: inout BackwardContext) -> [Tensor?] { [dropped(context.takeGradient())] }

    private func dropped(_ input: Tensor) -> Tensor {
        let result = Tensor(uninitialized: input.shape, dataType: input.dataType)
        nn_dropout(
            input.dataType.kernelCode, result.unsafePointer, input.unsafePointer, Int64(input.elementCount),
            key.bits, UInt32(Double(probability) * 0x1p32), 1 / (1 - probability))
        return result
    }
}

extension Tensor {
    /// Each element set to zero with a probability from 0 to below 1, the others divided by 1 - probability.
    ///
    /// The choice depends on the key and the element's position only.
    public func dropped(probability: Float, key: RandomKey) -> Tensor {
        if let problem = NumberRule.fractionBelowOne.problem(with: probability) {
            return Refused(name: "dropout", reason: "the probability \(problem)").apply(to: self)
        }
        return probability == 0 ? self : Dropout(probability: probability, key: key).apply(to: self)
    }
}
