#if OneDNN
import Foundation
import NNCore
import NNOneDNN
import Testing

/// One backend that several threads ask at once, for shapes that it has compiled and for new ones.
@Suite struct OneDNNThreadTests {
    @Test func threadsShareOneBackend() throws {
        let backend = try OneDNNBackend()
        let cases = (1...4).map { (image: tensor([2, 7, 7, 8]), weight: tensor([8 * $0, 8, 3, 3])) }
        let expected = cases.map { item in
            Engine.$scoped.withValue([BLASBackend()]) { item.image.convolved(weight: item.weight).floats }
        }
        let wrong = Count()
        DispatchQueue.concurrentPerform(iterations: 4) { number in
            for round in 0..<20 {
                let index = (number + round) % cases.count
                var weight = cases[index].weight
                var factor: Float = 1
                if round % 5 == 4 {
                    weight.withMutableScalars(as: Float.self) { for index in $0.indices { $0[index] *= 2 } }
                    factor = 2
                }
                let found = Engine.$scoped.withValue([backend, BLASBackend()]) {
                    cases[index].image.convolved(weight: weight).floats
                }
                let isClose = zip(found, expected[index]).allSatisfy { abs($0 - factor * $1) < 1e-3 }
                if !isClose { wrong.increment() }
            }
        }
        #expect(wrong.number == 0)
    }

    private func tensor(_ shape: Shape) -> Tensor {
        let values = (0..<shape.elementCount).map { (index: Int) -> Float in Float(index * 37 % 101 - 50) / 50 }
        return Tensor(values, shape: shape)
    }
}

private final class Count: @unchecked Sendable {
    // Sendable: the lock guards the number.
    private let lock = NSLock()
    private var value = 0
    func increment() { lock.withLock { value += 1 } }
    var number: Int { lock.withLock { value } }
}
#endif
