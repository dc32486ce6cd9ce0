import Testing

@testable import NNCore

/// Results that are calculated again in the backward pass: they are not kept, and gradients have the same bits.
@Suite struct RecomputationTests {
    private typealias Step = @Sendable (Tensor) -> Tensor

    private struct Weak { weak var storage: Storage? }

    private static func normalized(_ activation: Activation) -> Step {
        { input in
            let channels = input.shape[-1]
            return input.batchNormalized(
                scale: .full([channels], value: 1.5), offset: .full([channels], value: 0.25), statistics: .batch,
                activation: activation
            ).output
        }
    }

    private static func activated(_ activation: Activation) -> Step { { $0.activated(by: activation) } }

    private static let depthwise: Step = { input in
        let weight = (distinctTensor([input.shape[3], 1, 3, 3], seed: 5) * 0.2).requiringGradient()
        return input.convolved(weight: weight, padding: .same, groups: input.shape[3])
    }

    /// Two normalizations, as channels beside each other.
    private static func joined(_ input: Tensor) -> Tensor {
        .concatenated([normalized(.relu)(input), normalized(.silu)(input)], axis: 3)
    }

    private static let chains: [[Step]] = [
        [normalized(.relu)], [normalized(.mish)], [normalized(.identity), activated(.relu)],
        [normalized(.identity), activated(.relu6)], [normalized(.identity), activated(.leakyReLU(slope: 0.1))],
        [activated(.silu)], [activated(.silu), activated(.relu)], [normalized(.relu), activated(.gelu)],
        [joined], [depthwise], [normalized(.relu), depthwise], [depthwise, normalized(.relu)],
    ]

    @Test(arguments: chains.indices, [DataType.float32, .bfloat16])
    func keepsOnlyWhatItIsCalculatedFrom(chain: Int, type: DataType) {
        Engine.withThreads(1) { expectSameGradients(Self.chains[chain], type) }
    }

    private func expectSameGradients(_ chain: [Step], _ type: DataType) {
        let image = distinctTensor([2, 5, 4, 6]).cast(to: type).requiringGradient()
        let first = distinctTensor([6, 6, 1, 1], seed: 2) * 0.1
        func made() -> Tensor { chain.reduce(image.convolved(weight: first)) { $1($0) } }
        let second = (distinctTensor([3, made().shape[3], 3, 3], seed: 3) * 0.1).requiringGradient()

        // In one backward pass, in which the result is calculated again.
        var result: Tensor? = made()
        let kept = Weak(storage: result!.storage)
        let output = result!.convolved(weight: second)
        result = nil
        #expect(kept.storage == nil)
        let gradient = distinctTensor(output.shape, seed: 4).cast(to: type)
        let gradients = output.backward(gradient: gradient)

        // In two, where it is a variable of the second one.
        let whole = made()
        let variable = whole.detached.requiringGradient()
        let last = variable.convolved(weight: second).backward(gradient: gradient)
        let expected = whole.backward(gradient: last[variable]!)
        #expect(gradients[second]!.floats == last[second]!.floats)
        #expect(gradients[image]!.floats == expected[image]!.floats)
    }

    /// Of a normalization after two operations that are calculated again, the input is kept: it would be calculated for
    /// the gradient besides the result, which would be kept in its place.
    @Test func normalizationsKeepWhatTakesLong() {
        let image = distinctTensor([1, 5, 4, 6]).requiringGradient()
        var between: Tensor? = Self.depthwise(Self.normalized(.relu)(image))
        var result: Tensor? = Self.normalized(.relu)(between!)
        let kept = [Weak(storage: between!.storage), Weak(storage: result!.storage)]
        let output = result!.convolved(weight: distinctTensor([3, 6, 1, 1]).requiringGradient())
        (between, result) = (nil, nil)
        #expect(kept[0].storage != nil)
        #expect(kept[1].storage == nil)
        withExtendedLifetime(output) {}
    }

    /// The results of a long chain are not calculated again from its start for each of its operations.
    @Test func longChains() {
        let start = distinctTensor([1, 8]).requiringGradient()
        var result = start
        for _ in 0..<20_000 { result = result.activated(by: .silu) }
        for _ in 0..<20_000 { result = result.activated(by: .tanh) }
        #expect(result.sum().backward()[start]!.isFinite)
    }

    /// The gradient of a sum goes to both terms: what one of them writes in its place, the other must not see.
    @Test func gradientsThatAreShared() {
        let x = distinctTensor([1, 4, 4, 3]).requiringGradient()
        let other = distinctTensor([1, 4, 4, 3], seed: 2).requiringGradient()
        let gradient = distinctTensor([1, 4, 4, 3], seed: 3)
        let sum = Self.normalized(.relu)(x) + Self.normalized(.silu)(other) + other
        let gradients = sum.backward(gradient: gradient)
        let alone = Self.normalized(.relu)(x).backward(gradient: gradient)
        let second = Self.normalized(.silu)(other).backward(gradient: gradient)
        #expect(gradients[x]!.floats == alone[x]!.floats)
        #expect(gradients[other]!.floats == (second[other]! + gradient).floats)
        #expect(gradient.floats == distinctTensor([1, 4, 4, 3], seed: 3).floats)
    }
}
