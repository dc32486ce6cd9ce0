import NNCore
import Testing

@Suite(.onSeveralThreads) struct DropoutTests {
    let key = RandomKey(seed: 3)

    @Test func keepsTheMean() {
        let count = 100_000
        let result = Tensor.ones([count]).dropped(probability: 0.25, key: key).floats
        let zeros = result.count { $0 == 0 }
        // Five standard deviations.
        #expect(abs(zeros - count / 4) < 700)
        #expect(result.allSatisfy { $0 == 0 || abs($0 - 4.0 / 3) < 1e-6 })
    }

    @Test func gradientPassesTheSameElements() {
        for dataType in [DataType.float32, .bfloat16] {
            let x = Tensor.ones([7, 33], dataType: dataType).requiringGradient()
            let result = x.dropped(probability: 0.5, key: key)
            let gradient = result.backward(gradient: .ones([7, 33], dataType: dataType))[x]
            #expect(gradient?.floats == result.floats && Set(result.floats) == [0, 2])
        }
    }

    @Test func dependsOnTheKeyAlone() {
        let x = countingTensor([1000])
        let first = x.dropped(probability: 0.5, key: key).floats
        #expect(first == x.dropped(probability: 0.5, key: key).floats)
        #expect(first != x.dropped(probability: 0.5, key: key.derived(1)).floats)
        #expect(x.dropped(probability: 0, key: key).floats == x.floats)
    }
}
