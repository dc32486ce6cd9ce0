import NNLayers
import Testing

private final class Tower: Module {
    @Child var stem = ConvNormActivation(
        Conv2D(inputChannels: 3, outputChannels: 4, kernel: 3, hasBias: false), style: ConvolutionStyle())
    @Child var layer1 = [BatchNorm(channels: 4), BatchNorm(channels: 4)]
    @Child var layer10 = Linear(inputFeatures: 4, outputFeatures: 2)
}

@Suite struct FreezingTests {
    private func frozenNames(_ module: any Module) -> [String] {
        let tree = ModuleTree(module)
        return tree.parameters.filter { !$0.parameter.isTrainable }.map(\.name)
            + tree.buffers.filter { !$0.buffer.isTrainable }.map(\.name)
    }

    @Test(arguments: [
        ("layer10", ["layer10.weight", "layer10.bias"]),
        ("layer10.b*", ["layer10.bias"]),
        (
            "layer1.1",
            [
                "layer1.1.weight", "layer1.1.bias", "layer1.1.running_mean", "layer1.1.running_var",
                "layer1.1.num_batches_tracked",
            ]
        ),
        ("*.bias", ["stem.bn.bias", "layer1.0.bias", "layer1.1.bias", "layer10.bias"]),
        ("stem.conv", ["stem.conv.weight"]),
        ("nothing", []),
    ])
    func patternsMatchNamesAndModules(pattern: String, names: [String]) {
        let tower = Tower()
        #expect(tower.freeze(pattern) == names.count)
        #expect(frozenNames(tower) == names)
    }

    @Test func unfreezeTakesItBack() {
        let tower = Tower()
        #expect(tower.freeze() == 18)
        #expect(tower.parameterCount == ParameterCount(frozen: 108 + 8 + 16 + 10, statistics: 24))
        tower.unfreeze("layer1?")
        #expect(tower.parameterCount.trainable == 10)
        tower.unfreeze()
        #expect(frozenNames(tower).isEmpty)
    }
}
