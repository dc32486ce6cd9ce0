@_spi(Kernels) import NNCore
import Testing

/// What a custom operation returns is compared with its specification before memory is read by it.
@Suite struct OperationContractTests {
    /// An operation of one input and one result that does what it is told.
    struct Told: TensorOperation {
        let name = "told"
        var results: @Sendable ([TensorSpecification]) -> [TensorSpecification] = { $0 }
        var forward: @Sendable (Tensor) -> [Tensor] = { [$0] }
        var backward: @Sendable (inout BackwardContext) -> [Tensor?] = { [$0.takeGradient()] }

        func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] { results(inputs) }
        func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
            context.save(inputs[0])
            return forward(inputs[0])
        }
        func backward(context: inout BackwardContext) -> [Tensor?] { backward(&context) }

        /// The gradient of e^x through the operation.
        static func gradient(_ backward: @escaping @Sendable (inout BackwardContext) -> [Tensor?]) -> Tensor? {
            let x = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3]).requiringGradient()
            return Told(backward: backward).apply(to: x.exp()).sum().backward()[x]
        }
    }

    @Test func refusesGradientsOfAnotherKind() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Told.gradient { [$0.takeGradient().cast(to: .bfloat16)] }
            }, "told: returned a gradient bfloat16[2, 3] for input 0 of float32[2, 3]")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Told.gradient { _ in [Tensor.zeros([1_000_000])] }
            }, "told: returned a gradient float32[1000000] for input 0 of float32[2, 3]")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Told.gradient { _ in [] }
            }, "told: returned 0 gradients for 1 inputs")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Told.gradient { [$0.takeGradient(), nil] }
            }, "told: returned 2 gradients for 1 inputs")
    }

    @Test func refusesResultsOfAnotherKind() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Told(forward: { _ in [Tensor.zeros([7])] }).apply(to: Tensor.zeros([2, 3]))
            }, "told: forward returned [float32[7]], but its shape rule gives [float32[2, 3]]")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Told(forward: { _ in [] }).apply(to: Tensor.zeros([2, 3]))
            }, "told: forward returned []")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Told(results: { _ in [] }, forward: { _ in [] }).apply(to: Tensor.zeros([2, 3])) as Tensor
            }, "told: has no results")
    }

    @Test func aTraceRefusesResultsThatThereCannotBe() {
        let negative = Told(results: { _ in [TensorSpecification(shape: [-3])] })
        #expect(refusal(of: TensorSpecification(shape: [3])) { _ = negative.apply(to: $0[0]) as Tensor } != nil)
    }

    @Test func namesWhatTheContextHasNot() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Told.gradient { [$0.saved(9)] }
            }, "told: there is no saved tensor 9 of 1")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Told.gradient { [$0.takeGradient(3)] }
            }, "told: there is no result 3 of 1")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Told.gradient { [$0.takeGradient() * $0.takeGradient()] }
            }, "told: the gradient by result 0 was taken already")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Told.gradient { $0.needsGradient(-1) ? [] : [nil] }
            }, "told: there is no input -1 of 1")
    }

    /// A gradient may be missing, and may be made of variables.
    @Test func takesNoGradientAndTrackedOnes() {
        #expect(Told.gradient { _ in [nil] } == nil)
        let factor = Tensor.full([2, 3], value: 2).requiringGradient()
        let x = Tensor.ones([2, 3]).requiringGradient()
        let y = Told(backward: { _ in [factor] }).apply(to: x * 1) as Tensor
        #expect((y.sum() + x.sum()).backward()[x]?.floats == [Float](repeating: 3, count: 6))
    }

    @Test func backwardNeedsAVariable() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.ones([2]).sum().backward()
            }, "backward: float32[] depends on no variable")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let x = Tensor.ones([2]).requiringGradient()
                _ = withoutGradients { x.sum() }.backward()
            }, "backward: float32[] depends on no variable")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let loss = Tensor.ones([2]).requiringGradient().exp().sum()
                _ = loss.backward()
                _ = loss.backward()
            }, "was used by an earlier backward() already")
    }

    /// A pullback would be that of the values before.
    @Test func resultsAreNotWrittenTo() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var e = Tensor([1, 2] as [Float]).requiringGradient().exp()
                e.withMutableScalars(as: Float.self) { $0[0] = 100 }
            }, "float32[2] is a result of 'exp', through which gradients flow")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var e = Tensor([1, 2] as [Float]).requiringGradient() * 3
                e.replaceValues(with: .zeros([2]))
            }, "replaceValues: float32[2] is a result of 'scale and offset'")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var e = Tensor([1, 2] as [Float]).requiringGradient() * 3
                e.updateValues { $0 = .zeros([2]) }
            }, "updateValues: float32[2] is a result of 'scale and offset'")
    }

    @Test func variablesAndDetachedResultsAreWrittenTo() throws {
        var x = Tensor([1, 2] as [Float]).requiringGradient()
        let before = x.exp()
        x.withMutableScalars(as: Float.self) { $0[0] = 0 }
        // What was saved for the pullback is what the operation saw.
        #expect(try #require(before.sum().backward()[x]).floats == before.floats)
        #expect(try #require(x.exp().sum().backward()[x]).floats[0] == 1)
        var e = x.exp().detached
        e.withMutableScalars(as: Float.self) { $0[0] = 100 }
        #expect(e.floats[0] == 100)
    }
}
