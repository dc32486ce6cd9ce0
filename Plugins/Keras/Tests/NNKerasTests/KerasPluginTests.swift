import NNKeras
import NNLayers
import Testing
import NNWeights

@Suite struct KerasPluginTests {
    @Test func registersItsFormat() throws {
        let registry = try Registry(plugins: [KerasPlugin()])
        let format = try registry.build(.weightFormat, from: "keras_hdf5")
        #expect(format.fileExtensions.contains("h5"))
    }
}
