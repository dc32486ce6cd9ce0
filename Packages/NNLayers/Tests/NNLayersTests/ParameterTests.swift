import Foundation
import NNLayers
import Testing

/// Parameters and buffers are read by several threads while one changes them.
@Suite struct ParameterTests {
    private final class Pair: Module {
        @Parameter var weight = Tensor([Float](repeating: 0, count: 100))
        @Buffer var mean = Tensor([Float](repeating: 0, count: 100))
    }

    /// Every reader sees the values of one step, never parts of two.
    @Test func readersSeeWholeSteps() {
        let pair = Pair()
        let (weight, mean) = (pair.$weight, pair.$mean)
        let mixed = Counter()
        DispatchQueue.concurrentPerform(iterations: 4) { number in
            for step in 1...2000 {
                if number == 0 {
                    weight.update { $0 = $0 + 1 }
                    mean.update { tensor in
                        tensor.withMutableScalars(as: Float.self) { for index in $0.indices { $0[index] += 1 } }
                    }
                    if step % 50 == 0 { weight.value = Tensor([Float](repeating: Float(step), count: 100)) }
                } else {
                    let values = [weight.value.floats, weight.wrappedValue.floats, mean.wrappedValue.floats]
                    if !values.allSatisfy({ Set($0).count == 1 }) { mixed.increment() }
                    weight.isTrainable = step % 2 == 0
                }
            }
        }
        #expect(mixed.count == 0)
        #expect(weight.value.floats[0] == 2000)
        #expect(mean.wrappedValue.floats[99] == 2000)
    }

    @Test func anUpdateOfABufferLeavesCopiesAlone() {
        let pair = Pair()
        let before = pair.mean
        pair.$mean.update { $0.withMutableScalars(as: Float.self) { $0[0] = 3 } }
        #expect(before.floats[0] == 0)
        #expect(pair.mean.floats[0] == 3)
    }
}

private final class Counter: @unchecked Sendable {
    // Sendable: the lock guards the number.
    private let lock = NSLock()
    private var number = 0
    func increment() { lock.withLock { number += 1 } }
    var count: Int { lock.withLock { number } }
}
