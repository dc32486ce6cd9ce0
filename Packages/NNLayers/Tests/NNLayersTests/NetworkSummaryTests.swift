import Testing

@testable import NNLayers

/// A 1x1 convolution of its own, and one that is used twice.
private final class TinyBackbone: Backbone {
    @Parameter var weight: Tensor
    @Child var block = TinyBlock()
    @Child var identity = Nothing()
    let features = [FeatureInfo(channels: 4, stride: 2)]

    init(inputChannels: Int = 3) { _weight = Parameter(wrappedValue: .zeros([4, inputChannels, 1, 1])) }

    func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = images.convolved(weight: weight, strides: 2)
        for _ in 0..<2 { map = block(map, context) }
        return [Feature(identity(map, context))]
    }
}

/// Calculates with the parameters of a part that it does not call.
private final class TinyBlock: Layer {
    @Child(wrappedValue: Weights(), "conv1") var convolution: Weights

    func forward(_ input: Tensor, context: Context) -> Tensor {
        input.convolved(weight: convolution.weight, padding: .explicit(1))
    }
}

private final class Weights: Module {
    @Parameter var weight: Tensor = .zeros([4, 4, 3, 3])
    @Buffer var mean: Tensor = .zeros([4])
}

private final class Nothing: Layer {
    func forward(_ input: Tensor, context: Context) -> Tensor { input }
}

private final class TinyHead: Head {
    let task = PredictionTask.classification

    func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        features[0].map.globalAveragePooled()
    }
}

@Suite struct NetworkSummaryTests {
    private let network = Network(backbone: TinyBackbone(), head: TinyHead())

    @Test func listsLayersInTheOrderInWhichTheyFinish() throws {
        let summary = try NetworkSummary(network, imageSize: Size(height: 6, width: 10))
        typealias Layer = NetworkSummary.Layer
        #expect(
            summary.layers == [
                // 3 x 5 pixels, 4 filters of 9 taps of 4 channels, twice.
                Layer(
                    path: "backbone.block.conv1", type: "TinyBlock", outputShape: [1, 3, 5, 4], parameters: 144,
                    multiplyAccumulates: 2 * 15 * 144),
                Layer(
                    path: "backbone.identity", type: "Nothing", outputShape: nil, parameters: 0, multiplyAccumulates: 0),
                Layer(
                    path: "backbone", type: "TinyBackbone", outputShape: [1, 3, 5, 4], parameters: 12,
                    multiplyAccumulates: 15 * 12),
                Layer(
                    path: "head", type: "TinyHead", outputShape: [1, 4], parameters: 0, multiplyAccumulates: 0),
            ])
    }

    @Test func totalsAreThoseOfTheNetwork() throws {
        ModuleTree(network).parameters[0].parameter.isTrainable = false
        let summary = try NetworkSummary(network, imageSize: 6)
        #expect(summary.parameters == 156)
        #expect(summary.trainableParameters == 144)
        #expect(summary.frozenParameters == 12)
        #expect(summary.description.contains("156 (144 trainable, 12 frozen)"))
        #expect(summary.parametersWithStatistics == 160)
        #expect(summary.multiplyAccumulates == summary.layers.reduce(0) { $0 + $1.multiplyAccumulates })
        #expect(summary.parameters == summary.layers.reduce(0) { $0 + $1.parameters })
    }

    @Test func aNetworkThatDoesNotFitIsAnError() {
        let wrong = Network(backbone: TinyBackbone(inputChannels: 5), head: TinyHead())
        #expect(throws: ShapeError.self) { _ = try NetworkSummary(wrong, imageSize: 6) }
    }
}
