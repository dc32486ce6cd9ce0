import NNCore
import NNLayers
import Synchronization
import Testing

@Suite struct PreparedNetworkTests {
    private let key = RandomKey(seed: 3)

    /// A convolution with a residual, a view and operations of their own, whose result is a convolution's.
    private final class Block: Layer {
        @Child var first: ConvNormActivation
        @Child var second: ConvNormActivation
        @Child var last: Conv2D

        init() {
            let style = ConvolutionStyle()
            func convolution() -> Conv2D {
                Conv2D(inputChannels: 6, outputChannels: 6, kernel: 3, padding: .half(of: 3), hasBias: false)
            }
            first = ConvNormActivation(convolution(), style: style)
            second = ConvNormActivation(convolution(), style: style)
            last = Conv2D(inputChannels: 12, outputChannels: 4, kernel: 1)
        }

        func forward(_ input: Tensor, context: Context) -> Tensor {
            let map = first(input, context)
            let view = map.reshaped([input.shape[0], -1, 6]).reshaped(map.shape)
            let sum = second(map, residual: input, context)
            let size = Size(height: sum.shape[1], width: sum.shape[2])
            return last(.concatenated([sum.resized(to: size, method: .nearest), view], axis: 3), context)
        }
    }

    /// Every operation that writes into planned memory.
    private final class Mixture: Layer {
        @Child var convolution = Conv2D(inputChannels: 6, outputChannels: 8, kernel: 3, padding: .half(of: 3))

        func forward(_ input: Tensor, context: Context) -> Tensor {
            let map = convolution(input, context)
            let size = Size(height: map.shape[1], width: map.shape[2])
            let pooled = map.maxPooledWithIndices(kernel: 2, ceilMode: true)
            let unpooled = pooled.values.maxUnpooled(indices: pooled.indices, outputSize: size)
            let part = map.padded([(0, 0), (1, 0), (0, 1), (0, 0)], value: 2).slice(axis: 1, range: 0..<10, step: 2)
            let enlarged = part.averagePooled(kernel: 2).resized(to: size, method: .bilinear())
            let means = map.globalAveragePooled().reshaped([map.shape[0], 1, 1, 8])
            let sum = (unpooled + enlarged).sigmoid() * means
            let coarse = map.adaptivelyAveragePooled(to: 3).resized(to: size, method: .nearest)
            let largest = map.maxPooled(kernel: 3, strides: 1, padding: 1)
            return .concatenated([.concatenated([sum, coarse], axis: 3).tanh(), largest], axis: 3)
        }
    }

    private final class Noise: Layer {
        func forward(_ input: Tensor, context: Context) -> Tensor {
            input + Tensor.uniform(input.shape, in: 0..<1, key: context.nextRandomKey())
        }
    }

    private func images(_ count: Int, seed: Int = 0) -> Tensor {
        .normal([count, 9, 7, 6], mean: 0, standardDeviation: 1, key: key.derived(seed))
    }

    private func bits(_ tensor: Tensor) -> [UInt32] { tensor.scalars(as: Float.self).map(\.bitPattern) }

    private func makeBlock() -> Block {
        let block = Block()
        block.initialize(key: key)
        return block
    }

    @Test func repeatsTheCalculationForOtherImages() {
        let block = makeBlock()
        let prepared = block.prepared()
        withoutGradients {
            var results: [Tensor] = []
            for seed in 0..<4 { results.append(prepared(images(2, seed: seed), .inference())) }
            // Results must survive the calls that follow.
            for seed in 0..<4 {
                let expected = block(images(2, seed: seed), .inference())
                #expect(bits(results[seed]) == bits(expected))
            }
        }
    }

    @Test func writesEveryOperationWhereItIsPlanned() {
        let mixture = Mixture()
        mixture.initialize(key: key)
        let prepared = mixture.prepared()
        withoutGradients {
            for seed in 0..<4 {
                let batch = images(2, seed: seed)
                #expect(bits(prepared(batch, .inference())) == bits(mixture(batch, .inference())))
            }
        }
    }

    /// In a process of its own, since other tests use the same allocator.
    @Test func aSteadyCallAsksForItsResultOnly() async {
        await #expect(processExitsWith: .success) {
            let mixture = Mixture()
            mixture.initialize(key: RandomKey(seed: 1))
            let prepared = mixture.prepared()
            let batch = Tensor.ones([2, 9, 7, 6])
            withoutGradients {
                for _ in 0..<2 { _ = prepared(batch, .inference()) }
                let before = Allocator.shared.statistics
                for _ in 0..<10 { _ = prepared(batch, .inference()) }
                let after = Allocator.shared.statistics
                #expect(after.requests == before.requests + 10)
                #expect(after.systemAllocations == before.systemAllocations)
            }
        }
    }

    @Test func takesLargeBatchesInPieces() {
        let block = makeBlock()
        let whole = images(37)
        withoutGradients {
            let expected = block(whole, .inference())
            #expect(bits(block.prepared()(whole, .inference())) == bits(expected))
        }
    }

    @Test func noticesWeightsThatChange() {
        let block = makeBlock()
        let prepared = block.prepared()
        let batch = images(1)
        withoutGradients {
            let before = bits(prepared(batch, .inference()))
            block.last.$weight.update { weight in
                weight.withMutableScalars(as: Float.self) { $0[0] += 1 }
            }
            #expect(bits(prepared(batch, .inference())) == bits(block(batch, .inference())))
            #expect(bits(prepared(batch, .inference())) != before)
            let norm = block.first.normalization as? BatchNorm
            norm?.runningMean = .ones([6])
            #expect(bits(prepared(batch, .inference())) == bits(block(batch, .inference())))
        }
    }

    @Test func passesOnWhatCannotBePlanned() {
        let block = makeBlock()
        let prepared = block.prepared()
        let variable = images(1).requiringGradient()
        let gradients = prepared(variable, .inference()).sum().backward()
        #expect(gradients[variable] != nil)
        let training = prepared(images(2), .training(key: key))
        #expect(training.isTracked)
        let noise = Noise().prepared()
        let draws = (0..<2).map { noise(images(1), Context(training: false, random: RandomKey(seed: UInt64($0)))) }
        #expect(bits(draws[0]) != bits(draws[1]))
        #expect(noise(images(0), .inference()).shape == [0, 9, 7, 6])
    }

    @Test func refusesImagesThatDoNotFit() throws {
        let prepared = makeBlock().prepared()
        #expect(throws: ShapeError.self) { try prepared.prepare(for: TensorSpecification(shape: [1, 9, 7, 5])) }
        try prepared.prepare(for: TensorSpecification(shape: [1, 9, 7, 6]))
    }

    @Test func severalThreadsPredict() {
        let block = makeBlock()
        nonisolated(unsafe) let prepared = block.prepared()
        let expected = withoutGradients { (0..<8).map { bits(block(images(1, seed: $0), .inference())) } }
        let wrong = Mutex(0)
        let batches = (0..<8).map { images(1, seed: $0) }
        Engine.parallel(8) { range in
            for _ in 0..<20 {
                for index in range {
                    let result = withoutGradients { prepared(batches[index], .inference()) }
                    let found = result.scalars(as: Float.self).map(\.bitPattern)
                    if found != expected[index] { wrong.withLock { $0 += 1 } }
                }
            }
        }
        #expect(wrong.withLock { $0 } == 0)
    }
}
