import Keras
import NNLayers
import Testing

@Suite struct KerasPluginTests {
    @Test func registersItsComponents() throws {
        #expect(throws: Never.self) { try Registry(plugins: [KerasPlugin()]) }
    }
}
