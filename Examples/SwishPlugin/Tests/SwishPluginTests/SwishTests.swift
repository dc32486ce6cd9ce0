import NNLayers
import NNTesting
import SwishPlugin
import Testing

@Test func swishIsASoundLayer() throws { try checkLayer(Swish(beta: 1.3), input: [2, 5, 7, 3]) }

@Test func swishIsKnownByName() throws {
    let registry = try Registry(plugins: [SwishPlugin()])
    let make = try registry.build(.activation, from: ["type": "learned_swish", "beta": 2])
    #expect((make() as? Swish)?.beta.item == 2)
}
