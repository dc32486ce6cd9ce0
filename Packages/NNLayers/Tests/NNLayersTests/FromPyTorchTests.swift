import Foundation
import NNLayers
import Testing

/// The lines of Swift about tensors and layers in `Documentation/nnkit.docc/FromPyTorch.md`, in the order of its tables.
@Suite struct FromPyTorchTests {
    private let x = Tensor([0.5, -1, 2, 1, 0, 3] as [Float], shape: [2, 3])
    private let y = Tensor([1, 1, 1, 2, 2, 2] as [Float], shape: [2, 3])
    private let key = RandomKey(seed: 1)
    /// `x > 0`
    private let mask = Tensor([1, 0, 1, 1, 0, 1] as [UInt8], shape: [2, 3])
    private let labels = Tensor([2, 0] as [Int64])
    private let logits = Tensor([1, 2, 3, 3, 2, 1] as [Float], shape: [2, 3])

    @Test func makingTensors() {
        #expect(Tensor([1, 2] as [Float]).floats == [1, 2])
        #expect(Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]).shape == [2, 2])
        #expect(Tensor(scalar: Float(3)).item == 3)
        #expect(Tensor.zeros([2, 3]).floats == [0, 0, 0, 0, 0, 0])
        #expect(Tensor.ones([2, 3], dataType: .int64).dataType == .int64)
        #expect(Tensor.full([2, 3], value: 7).floats[5] == 7)
        #expect(Tensor.zeros(x.shape, dataType: x.dataType).shape == [2, 3])
        #expect(Tensor.arange(to: 5).scalars(as: Int64.self) == [0, 1, 2, 3, 4])
        #expect(Tensor.arange(from: 2, to: 9, by: 3).floats == [2, 5, 8])
        #expect(Tensor.arange(from: 0, to: 1, by: 0.25).floats == [0, 0.25, 0.5, 0.75])
        #expect(Tensor.linspace(from: 0, to: 1, count: 5).floats == [0, 0.25, 0.5, 0.75, 1])
        #expect(Tensor(stride(from: Int32(0), to: 9, by: 2)).scalars(as: Int32.self) == [0, 2, 4, 6, 8])
        #expect(Tensor.arange(to: 3).oneHot(classCount: 3).floats == [1, 0, 0, 0, 1, 0, 0, 0, 1])
        let (u, v) = (Tensor([1, 2] as [Float]), Tensor([3, 4, 5] as [Float]))
        #expect(Tensor.meshgrid(u, v)[1].floats == [3, 4, 5, 3, 4, 5])
        #expect(Tensor.uniform([2, 3], key: key).floats != Tensor.uniform([2, 3], key: key.derived("noise")).floats)
        #expect(Tensor.normal([2, 3], key: key).shape == [2, 3])
        let integers = Tensor.uniform([2, 3], in: 0..<10, key: key).floor().cast(to: .int64)
        #expect(integers.scalars(as: Int64.self).allSatisfy { 0..<10 ~= $0 })
        #expect(Tensor.bernoulli([4], probability: 0.3, key: key).dataType == .uint8)
        #expect(key.permutation(5).sorted() == [0, 1, 2, 3, 4])
        #expect(RandomKey(seed: 1) == key)
    }

    @Test func lookingAtTensors() {
        #expect(x.shape == [2, 3] && x.rank == 2 && x.elementCount == 6 && x.dataType == .float32)
        #expect(x.cast(to: .bfloat16).dataType == .bfloat16)
        #expect(x.floats == [0.5, -1, 2, 1, 0, 3])
        #expect(labels.scalars(as: Int64.self) == [2, 0])
        #expect(x.sum().item == 5.5)
        #expect(labels.sum().item(as: Int64.self) == 2)
        #expect(x.isFinite)
    }

    @Test func indicesAndParts() {
        #expect(x[0].floats == [0.5, -1, 2])
        #expect(x[-1].floats == [1, 0, 3])
        #expect(x[0..., 1].floats == [-1, 0])
        #expect(x[0, 1..<3].floats == [-1, 2])
        #expect(x.slice(axis: 1, range: 0..<x.shape[1], step: 2).floats == [0.5, 2, 1, 3])
        #expect(x.split(sizes: [1, 2], axis: 1)[1].floats == [-1, 2, 0, 3])
        let indices = Tensor([1, 0] as [Int64])
        #expect(x.gathered(indices: indices, axis: 1).floats == [-1, 0.5, 0, 1])
        #expect(x.gathered(indices: indices).floats == [1, 0, 3, 0.5, -1, 2])
        let chosen = Tensor([2, 0] as [Int64], shape: [2, 1])
        #expect(x.elements(at: chosen, axis: 1).floats == [2, 1])
        #expect(Tensor.select(mask, x, y).floats == [0.5, 1, 2, 1, 2, 3])
        #expect(x.replacing(with: 0, where: mask).floats == [0, -1, 0, 0, 0, 0])
        #expect(x.replacing(with: y, where: mask).floats == [1, -1, 1, 2, 0, 2])
    }

    @Test func shapes() {
        #expect(x.reshaped([3, -1]).shape == [3, 2])
        #expect(x.flattened().shape == [6])
        #expect(x.flattened(from: 1).shape == [2, 3])
        #expect(x.squeezed().shape == [2, 3])
        #expect(x.expandedDimension(at: 1).shape == [2, 1, 3])
        #expect(x.expandedDimension(at: 1).squeezed(axis: 1).shape == [2, 3])
        #expect(x.transposed([1, 0]).floats == [0.5, 1, -1, 0, 2, 3])
        #expect(x.transposed(0, 1).floats == x.transposed(-2, -1).floats)
        #expect(x.broadcast(to: [2, 2, 3]).shape == [2, 2, 3])
        #expect(Tensor.concatenated([x, y], axis: 0).shape == [4, 3])
        #expect(Tensor.stacked([x, y]).shape == [2, 2, 3])
        #expect(x.padded([(0, 0), (1, 2)]).shape == [2, 6])
    }

    @Test func arithmetic() {
        #expect((x + y).floats[5] == 5 && (x - 1).floats[0] == -0.5)
        #expect((2 * x).floats[2] == 4 && (x / y).floats[3] == 0.5)
        #expect(x.squared().floats[5] == 9 && x.power(1.5).floats[3] == 1 && x.power(y).floats[5] == 9)
        #expect(x.exp().floats[4] == 1 && x.log().floats[3] == 0 && x.sqrt().floats[3] == 1 && x.rsqrt().floats[3] == 1)
        #expect(x.abs().floats[1] == 1 && x.sign().floats[1] == -1 && x.reciprocal().floats[0] == 2)
        #expect(x.sin().floats[4] == 0 && x.cos().floats[4] == 1 && x.tanh().floats[4] == 0 && x.erf().floats[4] == 0)
        #expect(x.floor().floats[0] == 0 && x.rounded().floats[0] == 0)
        #expect(x.clamped(min: 0, max: 6).floats == x.clamped(min: 0).floats)
        #expect(maximum(x, y).floats == [1, 1, 2, 2, 2, 3] && minimum(x, y).floats == [0.5, -1, 1, 1, 0, 2])
        let (a, b, c) = (x, y.transposed(0, 1), y)
        #expect(Tensor.matmul(a, b).floats == [1.5, 3, 4, 8])
        #expect(einsum("ij,kj->ik", a, c).floats == [1.5, 3, 4, 8])
    }

    @Test func comparisonsAndMasks() {
        #expect((x .< y).floats == [1, 1, 0, 1, 1, 0] && (x .<= 1).floats == [1, 1, 0, 1, 1, 0])
        #expect((x .> y).floats == [0, 0, 1, 0, 0, 1] && (x .>= 1).floats == [0, 0, 1, 1, 0, 1])
        #expect((x .== y).floats == [0, 0, 0, 0, 0, 0] && (x .!= 1).floats == [1, 1, 1, 0, 1, 1])
        #expect((x .> 0 .& x .< 1).floats == [1, 0, 0, 0, 0, 0])
        #expect((mask .| x .> 1).floats == mask.floats && (mask .^ (x .> 1)).floats == [1, 0, 0, 1, 0, 0])
        #expect((.!mask).floats == [0, 1, 0, 0, 1, 0])
        #expect(mask.any().item == 1 && mask.all(axes: [1]).floats == [0, 0])
        var found = false
        if mask.any().item == 1 { found = true }
        #expect(found)
        #expect((x .!= x).floats == [0, 0, 0, 0, 0, 0])
    }

    @Test func reductions() {
        #expect(x.sum().item == 5.5 && x.sum(axes: [1]).floats == [1.5, 4])
        #expect(x.mean(axes: [0, 1], keepsDimensions: true).shape == [1, 1])
        #expect(x.max().item == 3 && x.max(axes: [1]).floats == [2, 3] && x.min(axes: [1]).floats == [-1, 0])
        #expect(x.product().item == 0 && x.product(axes: [1]).floats == [-1, 0])
        #expect(x.variance(axes: [1], correction: 1).floats[0] == 2.25)
        #expect(x.standardDeviation(axes: [1], correction: 1).floats[0] == 1.5)
        #expect(x.variance(axes: [1]).floats[0] == 1.5)
        #expect(abs(x.norm().item - Float(15.25).squareRoot()) < 1e-6 && x.norm(1, axes: [1]).floats == [3.5, 4])
        #expect(x.norm(.infinity).item == 3)
        #expect(x.argmax(axis: 1).floats == [2, 2] && x.argmin(axis: 1).floats == [1, 1])
        #expect(x.flattened().argmax().item == 5)
        #expect(x.cumulativeSum(axis: 1).floats == [0.5, -0.5, 1.5, 1, 1, 4])
        #expect(x.sorted(axis: 1).floats == [-1, 0.5, 2, 0, 1, 3])
        #expect(x.argsorted(axis: 1, descending: true).floats == [2, 0, 1, 2, 0, 1])
        let (values, indices) = x.topK(2)
        #expect(values.floats == [2, 0.5, 3, 1] && indices.floats == [2, 0, 2, 0])
    }

    @Test func functional() {
        #expect(x.activated(by: .relu).floats[1] == 0 && x.activated(by: .gelu).floats[4] == 0)
        #expect(x.activated(by: .silu).floats[4] == 0)
        #expect(x.activated(by: .leakyReLU(slope: 0.1)).floats[1] == -0.1)
        #expect(x.sigmoid().floats[4] == 0.5)
        #expect(abs(x.softmax(axis: 1)[0].sum().item - 1) < 1e-6 && x.logSoftmax(axis: 1).shape == [2, 3])
        let (weight, bias) = (Tensor.ones([4, 3]), Tensor.zeros([4]))
        #expect(x.linear(weight: weight, bias: bias).floats[0] == 1.5)
        let (images, filters) = (Tensor.ones([1, 4, 4, 2]), Tensor.ones([2, 2, 3, 3]))
        #expect(images.convolved(weight: filters, strides: 2, padding: .explicit(1)).shape == [1, 2, 2, 2])
        #expect(images.convolutionTransposed(weight: filters, strides: 2).shape == [1, 9, 9, 2])
        #expect(images.maxPooled(kernel: 2).shape == [1, 2, 2, 2])
        #expect(images.averagePooled(kernel: 3, strides: 2, padding: 1).shape == [1, 2, 2, 2])
        #expect(images.adaptivelyAveragePooled(to: 2).shape == [1, 2, 2, 2])
        #expect(images.globalAveragePooled().floats == [1, 1] && images.globalAveragePooled().shape == [1, 2])
        #expect(images.resized(to: 8, method: .bilinear()).shape == [1, 8, 8, 2])
        let (gamma, beta) = (Tensor.ones([3]), Tensor.zeros([3]))
        #expect(abs(x.layerNormalized(scale: gamma, offset: beta).mean().item) < 1e-6)
        #expect(abs((x / x.norm(axes: [-1], keepsDimensions: true)).norm(axes: [-1]).floats[0] - 1) < 1e-6)
        #expect(x.dropped(probability: 0.5, key: key).shape == [2, 3])
        #expect(labels.oneHot(classCount: 4).floats == [0, 0, 1, 0, 1, 0, 0, 0])
        let table = Tensor.arange(to: 6).reshaped([3, 2])
        #expect(table.gathered(indices: labels).floats == [4, 5, 0, 1])
        let loss = logits.softmaxCrossEntropy(labels: labels)
        let smoothed = logits.softmaxCrossEntropy(labels: labels, labelSmoothing: 0.1, ignoreIndex: -100)
        #expect(abs(loss.item - 0.407_606) < 1e-5 && smoothed.item > loss.item)
        let x = logits
        let likelihood = -x.logSoftmax().elements(at: labels.expandedDimension(at: -1), axis: -1).mean()
        #expect(abs(likelihood.item - loss.item) < 1e-6)
        #expect((x - y).squared().mean().item == Float(7) / 6 && (x - y).abs().mean().item == Float(5) / 6)
        #expect(logits.binaryCrossEntropy(labels: labels).item > 0)
    }

    @Test func gradients() throws {
        let variable = x.requiringGradient()
        let loss = (variable * variable).sum()
        let gradients = loss.backward()
        #expect(try #require(gradients[variable]).floats == [1, -2, 4, 2, 0, 6])
        let (result, v) = (variable * 3, Tensor.ones([2, 3]))
        #expect(result.backward(gradient: v)[variable]?.floats[0] == 3)
        do {
            let h = variable * 3
            let result = (h * h).sum()
            let gradient = try #require(result.gradients(by: [h])[0])
            #expect(gradient.floats == (h * 2).floats)
        }
        #expect(!variable.detached.isTracked)
    }

    @Test func gradientsOfNetworks() {
        let network = Sequential(Linear(inputFeatures: 3, outputFeatures: 1))
        network.initialize(key: RandomKey(seed: 1))
        let input = x
        let plain = withoutGradients { network(input, .inference()) }
        #expect(!plain.isTracked)
        let gradients = network(input, .inference()).sum().backward()
        #expect(network.parameters.map(\.name) == ["0.weight", "0.bias"])
        for (_, parameter) in network.parameters {
            #expect(parameter.gradient(in: gradients)?.shape == parameter.shape)
        }
    }

    /// A function with a pullback of its own.
    struct Twice: TensorOperation {
        let name = "twice"
        func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] { inputs }
        func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] { [inputs[0] * 2] }
        func backward(context: inout BackwardContext) -> [Tensor?] { [context.takeGradient() * 2] }
    }

    final class Scale: Layer {
        @Parameter var weight: Tensor
        @Buffer var mean: Tensor
        @Child var linear: Linear

        init() {
            weight = .ones([3])
            mean = .zeros([3])
            linear = Linear(inputFeatures: 3, outputFeatures: 3)
        }

        func forward(_ input: Tensor, context: Context) -> Tensor { linear(input - mean, context) * weight }
    }

    @Test func layers() {
        func shape(_ layer: any Layer, _ input: Shape) -> Shape {
            layer.initialize(key: key)
            return layer(.ones(input), .inference()).shape
        }
        #expect(shape(Linear(inputFeatures: 3, outputFeatures: 4), [2, 3]) == [2, 4])
        let convolution = Conv2D(inputChannels: 3, outputChannels: 8, kernel: 3, padding: .explicit(1))
        #expect(shape(convolution, [1, 4, 4, 3]) == [1, 4, 4, 8])
        let enlarging = ConvolutionTranspose2D(inputChannels: 8, outputChannels: 4, kernel: 2, strides: 2)
        #expect(shape(enlarging, [1, 4, 4, 8]) == [1, 8, 8, 4])
        #expect(shape(BatchNorm(channels: 8), [2, 8]) == [2, 8] && shape(LayerNorm(channels: 8), [2, 8]) == [2, 8])
        #expect(shape(ActivationLayer(.relu), [2]) == [2] && shape(ActivationLayer(.gelu), [2]) == [2])
        #expect(shape(Dropout(probability: 0.5), [2]) == [2])
        #expect(shape(MaxPool2D(kernel: 2), [1, 4, 4, 1]) == shape(AveragePool2D(kernel: 2), [1, 4, 4, 1]))
        #expect(shape(AdaptiveAveragePool2D(size: 2), [1, 5, 4, 1]) == [1, 2, 2, 1])
        #expect(shape(GlobalAveragePool(), [1, 4, 4, 3]) == [1, 3])
        #expect(shape(Upsample(factors: 2), [1, 4, 4, 3]) == [1, 8, 8, 3])
        #expect(shape(Flatten(), [2, 3, 4]) == [2, 12] && shape(Identity(), [2]) == [2])
        let (first, second) = (Linear(inputFeatures: 3, outputFeatures: 2), Dropout(probability: 0.5))
        #expect(shape(Sequential(first, second), [1, 3]) == [1, 2])
        #expect(shape(Scale(), [2, 3]) == [2, 3])
        #expect(Scale().stateDictionary.names.count == 4)
        #expect(Twice().apply(to: x).floats == [1, -2, 4, 2, 0, 6])
    }

    @Test func networks() {
        let network = Sequential(Linear(inputFeatures: 3, outputFeatures: 4), Dropout(probability: 0.5))
        network.initialize(key: RandomKey(seed: 1))
        let (input, step) = (x, 7)
        #expect(network(input, .training(key: key.derived(step))).floats.contains(0))
        #expect(!network(input, .inference()).floats.contains(0))
        #expect(Context.inference(precision: .bfloat16).precision.dataType == .bfloat16)
        #expect(network.parameterCount.parameters == 16)
        #expect("\(network)".contains("Linear"))
        print(network)
        #expect(network.freeze("0.*") == 2 && network.parameterCount.trainable == 0)
    }

    @Test func saving() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appending(path: "network.safetensors")
        let network = Sequential(Linear(inputFeatures: 3, outputFeatures: 4))
        network.initialize(key: RandomKey(seed: 1))
        try network.save(to: url)
        let before = try #require(network.stateDictionary["0.weight"])
        network.initialize(key: RandomKey(seed: 2))
        try network.load(from: url)
        #expect(network.stateDictionary["0.weight"]?.floats == before.floats)
        try network.load(from: url, strict: false)
        #expect(network.stateDictionary.names == ["0.weight", "0.bias"])
        try SafetensorsFile.write(tensors: [("x", x)], metadata: [:], to: url)
        #expect(try SafetensorsFile(url).tensor(named: "x").floats == x.floats)
    }
}
