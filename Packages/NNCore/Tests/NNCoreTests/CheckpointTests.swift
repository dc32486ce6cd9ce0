import Testing

@testable import NNCore

/// Parts of a calculation that are calculated again in the backward pass.
@Suite struct CheckpointTests {
    private final class Calls: Sendable {
        let repetitions = Locked<[Bool]>([])
    }

    private let weight = (distinctTensor([4, 3, 3, 3], seed: 1) * 0.1).requiringGradient()
    private let scale = distinctTensor([4], seed: 2).requiringGradient()
    private let image = distinctTensor([2, 6, 5, 3], seed: 3)

    /// Two results, of which the second one depends on the first.
    private func part(_ input: Tensor) -> [Tensor] {
        let map = input.convolved(weight: weight, padding: .explicit(1)).activated(by: .mish)
        return [map * scale, map.maxPooled(kernel: 2)]
    }

    private func loss(_ results: [Tensor]) -> Tensor { (results[0] * results[0]).sum() + results[1].sum() }

    @Test func givesTheGradientsOfTheCalculation() {
        let calls = Calls()
        let (variable, plain) = (image.requiringGradient(), image.requiringGradient())
        let found = checkpointed([variable], variables: [weight, scale]) { inputs, isRepetition in
            calls.repetitions.withLock { $0.append(isRepetition) }
            return part(inputs[0])
        }
        let expected = part(plain)
        #expect(zip(found, expected).allSatisfy { $0.floats == $1.floats && $0.isTracked })
        #expect(calls.repetitions.withLock { $0 } == [false])

        let (gradients, others) = (loss(found).backward(), loss(expected).backward())
        #expect(calls.repetitions.withLock { $0 } == [false, true])
        #expect(gradients.count == 3 && others.count == 3)
        #expect(gradients[variable]!.floats == others[plain]!.floats)
        for parameter in [weight, scale] { #expect(gradients[parameter]!.floats == others[parameter]!.floats) }
    }

    /// By parameters alone, and by the one result that the loss depends on.
    @Test func leavesOutWhatNoGradientReaches() {
        let results = checkpointed([image], variables: [weight, scale]) { inputs, _ in part(inputs[0]) }
        let gradients = results[1].sum().backward()
        #expect(gradients.count == 1)
        #expect(gradients[weight]!.floats == part(image)[1].sum().backward()[weight]!.floats)
    }

    @Test func nestsAndRepeats() {
        let variable = image.requiringGradient()
        let inner: @Sendable ([Tensor], Bool) -> [Tensor] = { inputs, _ in part(inputs[0]) }
        let found = checkpointed([variable], variables: [weight, scale]) { inputs, _ in
            checkpointed(inputs, variables: [weight, scale], inner)
        }
        let expected = loss(part(variable)).backward()
        let gradients = loss(found).backward()
        for tensor in [variable, weight, scale] { #expect(gradients[tensor]!.floats == expected[tensor]!.floats) }
    }

    @Test func keepsNothingThatItCalculates() {
        Engine.withThreads(1) {
            final class Kept: @unchecked Sendable { weak var storage: Storage? }
            let (kept, variable) = (Kept(), image.requiringGradient())
            let results = checkpointed([variable], variables: [weight]) { inputs, _ in
                let map = inputs[0].convolved(weight: weight).activated(by: .mish)
                kept.storage = map.storage
                return [map.sum(axes: [1, 2])]
            }
            #expect(kept.storage == nil)
            #expect(results[0].sum().backward().count == 2)
        }
    }

    @Test func calculatesOnceWhereNoGradientIsWanted() {
        let calls = Calls()
        let constant = weight.detached
        let results = checkpointed([image], variables: [constant]) { inputs, isRepetition in
            calls.repetitions.withLock { $0.append(isRepetition) }
            return [inputs[0].convolved(weight: constant)]
        }
        #expect(!results[0].isTracked && calls.repetitions.withLock { $0 } == [false])
        _ = withoutGradients { checkpointed([image], variables: [weight]) { inputs, _ in part(inputs[0]) } }
    }
}
