import Dispatch
import NNCore
import NNOneDNN
import NNTesting
import Synchronization
import Testing

@Suite struct OneDNNBackendTests {
    @Test func agreesWithPlainLoops() throws {
        let report = BackendConformance.check(try OneDNNBackend())
        #expect(report.failures == [])
        // A processor without AVX-512 leaves all of bfloat16 to the next backend, and float32 products are left to BLAS;
        // of the rest a few cases may be left, but not most.
        let declined = report.declined.filter { !$0.contains("bfloat16") && !$0.contains("product") }
        #expect(report.compared > declined.count, "\(declined)")
    }

    @Test func namesItsVersion() throws {
        #expect(try OneDNNBackend().details.hasPrefix("oneDNN "))
    }

    @Test func packsAChangedWeightAgain() throws {
        let backend = try OneDNNBackend()
        let input = Tensor.ones([1, 6, 6, 16])
        var weight = Tensor.ones([16, 16, 3, 3])
        func sum() -> Float {
            let output = backend.convolution(
                input, weight: weight, geometry: ConvolutionGeometry(), epilogue: ConvolutionEpilogue())
            return output?.floats[0] ?? .nan
        }
        #expect(sum() == 144)
        weight.withMutableScalars(as: Float.self) { $0[0] = 3 }
        #expect(sum() == 146)
    }

    /// Several threads use one backend, with shapes that it has compiled and with new ones.
    @Test func threadsShareOneBackend() throws {
        let backend = try OneDNNBackend()
        let cases = (1...4).map { (image: tensor([2, 7, 7, 8]), weight: tensor([8 * $0, 8, 3, 3])) }
        let expected = cases.map { item in
            Engine.$scoped.withValue([BLASBackend()]) { item.image.convolved(weight: item.weight).floats }
        }
        let wrong = Mutex(0)
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
                if !isClose { wrong.withLock { $0 += 1 } }
            }
        }
        #expect(wrong.withLock { $0 } == 0)
    }

    private func tensor(_ shape: Shape) -> Tensor {
        let values = (0..<shape.elementCount).map { (index: Int) -> Float in Float(index * 37 % 101 - 50) / 50 }
        return Tensor(values, shape: shape)
    }
}
