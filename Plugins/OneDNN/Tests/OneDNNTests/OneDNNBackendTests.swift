#if OneDNN
import NNCore
import NNTesting
import OneDNN
import Testing

@Suite struct OneDNNBackendTests {
    @Test func agreesWithPlainLoops() throws {
        let report = BackendConformance.check(try OneDNNBackend())
        #expect(report.failures == [])
        // Some cases are left to the next backend, which depends on the processor; not most of them.
        #expect(report.compared > report.declined.count, "\(report.declined)")
    }

    @Test func namesItsVersion() throws {
        #expect(try OneDNNBackend().details.hasPrefix("oneDNN 2."))
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
#endif
