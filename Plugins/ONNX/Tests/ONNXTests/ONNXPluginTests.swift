import ONNX
import NNLayers
import Testing

@Suite struct ONNXPluginTests {
    @Test func registersItsComponents() throws {
        #expect(throws: Never.self) { try Registry(plugins: [ONNXPlugin()]) }
    }
}
