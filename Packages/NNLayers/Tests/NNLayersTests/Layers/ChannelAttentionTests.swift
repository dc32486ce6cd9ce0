import Foundation
import NNLayers
@_spi(Testing) import NNTesting
import Testing

/// Attentions against plain loops, by finite differences, and as components.
@Suite struct ChannelAttentionTests {
    private let registry = try! Registry(plugins: [LayersPlugin()])

    private func build(_ node: ConfigNode) throws -> (_ channels: Int) -> (any Layer)? {
        try registry.build(.attention, from: node, ConvolutionStyle())
    }

    private func shapes(_ layer: any Layer) -> [String] {
        ModuleTree(layer).parameters.map { "\($0.name) \($0.parameter.shape)" }
    }

    // MARK: - Conformance

    @Test(arguments: [1, 2, 5])
    func conform(channels: Int) throws {
        let input: Shape = [2, 4, 3, channels]
        try checkLayer(EffectiveSqueezeExcitation(channels: channels), input: input)
        try checkLayer(SqueezeExcitation(channels: channels), input: input)
        try checkLayer(SqueezeExcitation(channels: channels, reduction: 1), input: input)
        try checkLayer(EfficientChannelAttention(channels: channels), input: input)
        try checkLayer(EfficientChannelAttention(channels: channels, kernel: 7), input: input)
        // A bottleneck of one channel may be dead.
        try checkLayer(ConvolutionalBlockAttention(channels: channels, reduction: 1), input: input)
        try checkLayer(ConvolutionalBlockAttention(channels: channels, reduction: 2, kernel: 3), input: input)
    }

    @Test func haveTimmsNamesAndShapes() {
        #expect(shapes(EffectiveSqueezeExcitation(channels: 5)) == ["fc.weight [5, 5, 1, 1]", "fc.bias [5]"])
        #expect(
            shapes(SqueezeExcitation(channels: 256)) == [
                "fc1.weight [16, 256, 1, 1]", "fc1.bias [16]", "fc2.weight [256, 16, 1, 1]", "fc2.bias [256]",
            ])
        #expect(shapes(EfficientChannelAttention(channels: 256)) == ["conv.weight [1, 1, 5]"])
        #expect(
            shapes(ConvolutionalBlockAttention(channels: 64)) == [
                "channel.fc1.weight [4, 64, 1, 1]", "channel.fc2.weight [64, 4, 1, 1]",
                "spatial.conv.conv.weight [1, 2, 7, 7]", "spatial.conv.bn.weight [1]", "spatial.conv.bn.bias [1]",
            ])
    }

    /// A bottleneck has a multiple of 8 channels, as timm's `make_divisible` gives them; that of CBAM any number.
    @Test(arguments: [
        (1, 16, 8, 1), (64, 16, 8, 4), (96, 16, 8, 6), (192, 16, 16, 12), (512, 16, 32, 32), (24, 2, 16, 12),
        (40, 16, 8, 3), (7, 100, 8, 1),
    ])
    func bottlenecksAreRounded(channels: Int, reduction: Int, squeezed: Int, mixed: Int) {
        #expect(
            shapes(SqueezeExcitation(channels: channels, reduction: reduction))[0]
                == "fc1.weight [\(squeezed), \(channels), 1, 1]")
        #expect(
            shapes(ConvolutionalBlockAttention(channels: channels, reduction: reduction))[0]
                == "channel.fc1.weight [\(mixed), \(channels), 1, 1]")
    }

    // The numbers of the paper's implementation.
    @Test(arguments: [(1, 3), (2, 3), (16, 3), (64, 3), (128, 5), (256, 5), (512, 5), (1024, 5), (2048, 7)])
    func theKernelFollowsFromTheChannels(channels: Int, kernel: Int) {
        // int(abs((log2(C) + 1) / 2)), plus 1 where that is even: 64 gives 3, 128 gives 4 and so 5, 2048 gives 6.
        let size = Int((log2(Double(channels)) + 1) / 2)
        #expect(EfficientChannelAttention.defaultKernel(channels: channels) == max(size | 1, 3))
        #expect(EfficientChannelAttention.defaultKernel(channels: channels) == kernel)
    }

    // MARK: - Plain loops

    /// A feature map with plain loops over it.
    private struct Map {
        let (count, height, width, channels): (Int, Int, Int, Int)
        var values: [Double]

        init(_ tensor: Tensor) {
            (count, height, width, channels) = (tensor.shape[0], tensor.shape[1], tensor.shape[2], tensor.shape[3])
            values = tensor.floats.map(Double.init)
        }

        subscript(n: Int, y: Int, x: Int, c: Int) -> Double {
            get { values[((n * height + y) * width + x) * channels + c] }
            set { values[((n * height + y) * width + x) * channels + c] = newValue }
        }

        /// The mean and the maximum over the pixels of each channel.
        func pooled(_ n: Int) -> (means: [Double], maxima: [Double]) {
            var (means, maxima) = ([Double](), [Double]())
            for c in 0..<channels {
                var (sum, maximum) = (0.0, -Double.infinity)
                for y in 0..<height {
                    for x in 0..<width {
                        sum += self[n, y, x, c]
                        maximum = max(maximum, self[n, y, x, c])
                    }
                }
                means.append(sum / Double(height * width))
                maxima.append(maximum)
            }
            return (means, maxima)
        }

        /// Multiplies the channels of each image.
        mutating func scale(_ gates: (Int) -> [Double]) {
            for n in 0..<count {
                let gates = gates(n)
                for y in 0..<height { for x in 0..<width { for c in 0..<channels { self[n, y, x, c] *= gates[c] } } }
            }
        }

        var tensor: Tensor { Tensor(values.map { Float($0) }, shape: [count, height, width, channels]) }
    }

    private struct Values {
        let state: StateDictionary

        subscript(name: String) -> [Double] { (state[name]?.floats ?? []).map(Double.init) }

        /// A dense layer; without a bias where there is none.
        func dense(_ name: String, _ input: [Double]) -> [Double] {
            let (weight, bias) = (self[name + ".weight"], self[name + ".bias"])
            var output = [Double](repeating: 0, count: weight.count / input.count)
            for row in output.indices {
                if !bias.isEmpty { output[row] = bias[row] }
                for column in input.indices { output[row] += weight[row * input.count + column] * input[column] }
            }
            return output
        }
    }

    private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    /// Compares a layer with hashed parameters to a calculation by loops.
    private func check(
        _ layer: any Layer, channels: Int, expected: (_ values: Values, _ map: Map) -> Tensor
    ) throws {
        layer.fillWithHashedValues()
        let input = Tensor.normal([2, 3, 5, channels], mean: 0.2, standardDeviation: 1, key: RandomKey(seed: 3))
        let result = withoutGradients { layer(input, .inference()) }
        try checkClose(result, expected(Values(state: layer.stateDictionary), Map(input)))
        #expect(result.floats != input.floats)
    }

    @Test func effectiveSqueezeExcitationIsItsDefinition() throws {
        try check(EffectiveSqueezeExcitation(channels: 6), channels: 6) { values, map in
            var result = map
            result.scale { n in
                values.dense("fc", map.pooled(n).means).map { min(max($0 + 3, 0), 6) / 6 }
            }
            return result.tensor
        }
    }

    @Test func squeezeExcitationIsItsDefinition() throws {
        try check(SqueezeExcitation(channels: 20, reduction: 2), channels: 20) { values, map in
            var result = map
            result.scale { n in
                let squeezed = values.dense("fc1", map.pooled(n).means).map { max($0, 0) }
                return values.dense("fc2", squeezed).map(sigmoid)
            }
            return result.tensor
        }
    }

    @Test(arguments: [3, 5])
    func efficientChannelAttentionIsItsDefinition(kernel: Int) throws {
        try check(EfficientChannelAttention(channels: 4, kernel: kernel), channels: 4) { values, map in
            var result = map
            let weight = values["conv.weight"]
            result.scale { n in
                let means = map.pooled(n).means
                return means.indices.map { channel in
                    var sum = 0.0
                    for tap in weight.indices {
                        let neighbor = channel + tap - kernel / 2
                        if means.indices.contains(neighbor) { sum += weight[tap] * means[neighbor] }
                    }
                    return sigmoid(sum)
                }
            }
            return result.tensor
        }
    }

    @Test func convolutionalBlockAttentionIsItsDefinition() throws {
        try check(ConvolutionalBlockAttention(channels: 8, reduction: 2, kernel: 3), channels: 8) { values, map in
            var refined = map
            refined.scale { n in
                let (means, maxima) = map.pooled(n)
                func mixed(_ pooled: [Double]) -> [Double] {
                    values.dense("channel.fc2", values.dense("channel.fc1", pooled).map { max($0, 0) })
                }
                return zip(mixed(means), mixed(maxima)).map { sigmoid($0 + $1) }
            }
            let weight = values["spatial.conv.conv.weight"]
            func normalized(_ x: Double) -> Double {
                func value(_ name: String) -> Double { values["spatial.conv.bn." + name][0] }
                return (x - value("running_mean")) / (value("running_var") + 1e-5).squareRoot() * value("weight")
                    + value("bias")
            }
            var result = refined
            for n in 0..<map.count {
                for y in 0..<map.height {
                    for x in 0..<map.width {
                        var sum = 0.0
                        for dy in -1...1 {
                            for dx in -1...1 {
                                guard 0..<map.height ~= y + dy, 0..<map.width ~= x + dx else { continue }
                                let pixel = (0..<map.channels).map { refined[n, y + dy, x + dx, $0] }
                                let tap = (dy + 1) * 3 + dx + 1
                                sum += weight[tap] * pixel.reduce(0, +) / Double(pixel.count)
                                sum += weight[9 + tap] * pixel.reduce(-.infinity, max)
                            }
                        }
                        let gate = sigmoid(normalized(sum))
                        for c in 0..<map.channels { result[n, y, x, c] *= gate }
                    }
                }
            }
            return result.tensor
        }
    }

    /// As in a proof of shapes before any values exist.
    @Test func shapesAreTracedWithoutValues() throws {
        let layers: [any Layer] = [
            EffectiveSqueezeExcitation(channels: 6), SqueezeExcitation(channels: 6),
            EfficientChannelAttention(channels: 6), ConvolutionalBlockAttention(channels: 6),
        ]
        for layer in layers {
            let trace = Trace()
            let map = trace.input(TensorSpecification(shape: [2, 5, 7, 6], dataType: .bfloat16))
            let result = layer(map, .inference(precision: .bfloat16))
            try trace.check()
            #expect(result.specification == map.specification, "\(layer.typeName)")
        }
    }

    // MARK: - Components

    @Test func areMadeForTheirChannels() throws {
        #expect(registry.names(of: .attention) == ["cbam", "eca", "ese", "none", "se"])
        #expect(try build("none")(4) == nil)
        #expect(try build("ese")(4) is EffectiveSqueezeExcitation)
        let squeezing = try #require(try build(["type": "se", "reduction": 4])(64))
        #expect(squeezing is SqueezeExcitation && shapes(squeezing)[0] == "fc1.weight [16, 64, 1, 1]")
        let efficient = try #require(try build(["type": "eca", "kernel": 9])(64))
        #expect(efficient is EfficientChannelAttention && shapes(efficient) == ["conv.weight [1, 1, 9]"])
        #expect(shapes(try #require(try build("eca")(128))) == ["conv.weight [1, 1, 5]"])
        let block = try #require(try build(["type": "cbam", "reduction": 8, "kernel": 3])(64))
        #expect(
            block is ConvolutionalBlockAttention && shapes(block)[0] == "channel.fc1.weight [8, 64, 1, 1]"
                && shapes(block)[2] == "spatial.conv.conv.weight [1, 2, 3, 3]")
    }

    @Test(arguments: ["ese", "se", "eca", "cbam"])
    func takeTheInitializerOfTheNetwork(name: String) throws {
        let style = ConvolutionStyle(initializer: ConstantInitializer(value: 0.25))
        let make = try registry.build(.attention, from: ConfigNode(.string(name)), style)
        let layer = try #require(make(16))
        layer.initialize(key: RandomKey(seed: 0))
        for (name, parameter) in ModuleTree(layer).parameters
        where name.hasSuffix("weight") && !name.contains("bn") {
            #expect(parameter.value.floats.allSatisfy { $0 == 0.25 }, "\(name)")
        }
    }

    @Test(
        arguments: [
            (["type": "se", "reduction": 0], "reduction: must be positive, not 0"),
            (["type": "eca", "kernel": 4], "kernel: must be odd and positive, not 4"),
            (["type": "eca", "kernel": -1], "kernel: must be positive, not -1"),
            (["type": "cbam", "kernel": 2], "kernel: must be odd and positive, not 2"),
            (["type": "cbam", "reduction": -2], "reduction: must be positive, not -2"),
            ("sse", "unknown attention 'sse'; did you mean 'ese'?"),
        ] as [(ConfigNode, String)])
    func configurationsRefuse(node: ConfigNode, message: String) throws {
        #expect { try build(node) } throws: { "\($0)".hasPrefix(message) }
        #expect { try registry.check(.attention, node) } throws: { "\($0)".hasPrefix(message) }
    }

    @Test func initializersRefuse() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = SqueezeExcitation(channels: 8, reduction: 0)
            }, "SqueezeExcitation: reduction must be positive, not 0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = EfficientChannelAttention(channels: 8, kernel: 2)
            }, "EfficientChannelAttention: kernel must be odd and positive, not 2")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = EfficientChannelAttention(channels: 0)
            }, "EfficientChannelAttention: channels must be 1 or more, not 0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = ConvolutionalBlockAttention(channels: 8, kernel: 0)
            }, "ConvolutionalBlockAttention: kernel must be positive, not 0")
    }
}
