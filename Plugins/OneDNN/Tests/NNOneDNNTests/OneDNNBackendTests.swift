import NNCore
import NNTesting
import NNOneDNN
import Testing

@Suite struct OneDNNBackendTests {
    @Test func agreesWithPlainLoops() throws {
        let report = BackendConformance.check(try OneDNNBackend())
        #expect(report.failures == [])
        // A processor without AVX-512 leaves all of bfloat16 to the next backend, and BLAS is as fast in float32
        // products; of the rest some cases may be left, not most of them.
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
}
