import NNHeads
import NNLayers
import Testing

/// Heads that are made in Swift by one call.
@Suite struct SwiftInitializerTests {
    @Test func everyHeadIsTested() throws {
        let registered = try Registry(plugins: [HeadsPlugin()]).names(of: .head)
        for cases in [SwiftHead.defaults, SwiftHead.customized] {
            #expect(cases.compactMap { $0.config.string ?? $0.config["type"]?.string }.sorted() == registered)
        }
    }

    @Test(arguments: SwiftHead.defaults + SwiftHead.customized)
    func isTheHeadOfTheConfiguration(_ made: SwiftHead) throws {
        let backbone = TinyBackbone(made.backbone)
        let head = made.make(backbone.features, made.classes)
        let described = try NNHeadsTests.head(made.config, backbone.features, classCount: made.classes)
        #expect(type(of: head) == type(of: described))
        #expect(values(of: head) == values(of: described))

        // What the values do not show, such as interpolation and dropout, shows in training on the same random numbers.
        let images = Tensor.uniform([2, 32, 32, 3], in: 0..<1, key: RandomKey(seed: 1))
        let logits = [head, described].map { head in
            let network = Network(backbone: backbone, head: head)
            network.initialize(key: RandomKey(seed: 2))
            return withoutGradients { network(images, .training(key: RandomKey(seed: 3))) }
        }
        #expect(logits[0].shape == logits[1].shape)
        #expect(logits[0].floats == logits[1].floats)
        #expect(Set(logits[0].floats).count > 1)
    }

    /// The names and shapes of a state dictionary.
    private func values(of head: any Head) -> [String] {
        let tree = ModuleTree(head)
        return tree.parameters.map { "\($0.name) \($0.parameter.shape)" }
            + tree.buffers.map { "\($0.name) \($0.buffer.wrappedValue.shape)" }
    }
}
