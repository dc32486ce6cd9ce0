import NNLayers
import Testing

@testable import NNTool

@Suite struct SelfTestTests {
    @Test(arguments: Precision.allCases)
    func theReferenceBackendPassesTheSelfTest(_ precision: Precision) throws {
        let test = ConvolutionSelfTest(BLASBackend(), precision: precision)
        #expect(test.error != nil)
        #expect(test.passes)
    }

    @Test func theReferenceBackendPassesTheDifferentialTest() {
        let test = DifferentialSelfTest(BLASBackend())
        #expect(test.failures == [])
        #expect(test.declined == 0)
    }

    /// Gives the right shape with wrong values.
    private struct WrongBackend: Backend {
        let name = "wrong"
        func convolution(
            _ input: Tensor, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue
        ) -> Tensor? {
            BLASBackend().convolution(input, weight: weight, geometry: geometry, epilogue: epilogue).map {
                Tensor($0.floats.map { $0 * 1.1 }, shape: $0.shape)
            }
        }
    }

    @Test func aWrongBackendFailsTheSelfTest() {
        #expect(!ConvolutionSelfTest(WrongBackend(), precision: .float32).passes)
        #expect(!DifferentialSelfTest(WrongBackend()).passes)
    }
}
