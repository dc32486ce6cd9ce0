import NNHeads
import NNLayers
import NNTesting
import Testing

@Suite struct UNetTests {
    @Test(arguments: MadeFeatures.all)
    func conformsOnAnyFeatures(features: [FeatureInfo]) throws {
        try checkHead(try head("unet", features), features: features, classCount: 3)
    }

    @Test func widthsAreThoseOfTheFeaturesOrAsToldTo() throws {
        func shapes(_ config: ConfigNode) throws -> [Shape] {
            ModuleTree(try head(config, MadeFeatures.small)).parameters.filter { $0.name.hasSuffix("conv.weight") }
                .map(\.parameter.shape)
        }
        #expect(try shapes("unet") == [[6, 14, 3, 3], [6, 6, 3, 3], [4, 10, 3, 3], [4, 4, 3, 3]])
        #expect(
            try shapes(["type": "unet", "widths": [5, 3], "convolutions": 1]) == [[5, 14, 3, 3], [3, 9, 3, 3]])
        #expect(
            refusal(of: ["type": "unet", "widths": [5, 3]])
                == "widths: must have an element for each of the backbone's 3 stages, from coarse to fine, not 2")
    }
}
