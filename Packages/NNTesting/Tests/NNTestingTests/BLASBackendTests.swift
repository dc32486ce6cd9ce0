import NNCore
import NNTesting
import Testing

@Suite struct BLASBackendTests {
    @Test func agreesWithPlainLoops() {
        let report = BackendConformance.check(BLASBackend())
        #expect(report.failures == [])
        #expect(report.declined == [], "the reference backend declines nothing")
    }
}
