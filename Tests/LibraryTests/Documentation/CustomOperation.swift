// The code of the article CustomOperation, see DocumentationTests.
import NNCore
import NNTesting
import Testing

/// Mish (Misra 2019): `x · tanh(log(1 + exp(x)))`.
struct Mish: TensorOperation {
    let name = "mish"

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        guard inputs[0].dataType.isFloatingPoint else {
            throw ShapeError(operation: name, reason: "needs float32 or bfloat16, not \(inputs[0])")
        }
        return [inputs[0]]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        context.save(inputs[0])
        return [inputs[0] * inputs[0].activated(by: .softplus).tanh()]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let x = context.saved(0)
        let t = x.activated(by: .softplus).tanh()
        return [context.takeGradient() * (t + x * (1 - t.squared()) * x.sigmoid())]
    }
}

extension Tensor {
    /// Mish of each element, float32 or bfloat16.
    func mish() -> Tensor { Mish().apply(to: self) }
}

@Test func mishConforms() throws {
    let x = Tensor([-2, -0.5, 0, 0.75, 3] as [Float])
    try checkOperation("mish", on: x) { [$0[0].mish()] }
    try checkBFloat16("mish", on: x) { [$0[0].mish()] }
}
