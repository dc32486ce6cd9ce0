// The code of the first pages of the modules, see DocumentationTests.
import Foundation
import NNBFloat16
import NNBackbones
import NNDatasets
import NNHeads
import NNInference
import NNKeras
import NNLayers
import NNLosses
import NNONNX
import NNOneDNN
import NNOptimizers
import NNPlotting
import NNPluginTesting
import NNReporting
import NNTIFF
import NNTensorBoard
import NNTesting
import NNTraining
import NNWebP
import NNWeights
import NNWinograd
import Testing

@Suite struct OverviewTests {
    @Test func core() throws {
        let inputs = Tensor([0.5, -1, 2, 1, 0, 3] as [Float], shape: [2, 3])
        let weight = Tensor.normal([4, 3], key: RandomKey(seed: 1)).requiringGradient()
        let loss = inputs.linear(weight: weight, bias: nil).activated(by: .gelu).squared().mean()
        let gradient = loss.backward()[weight]  // [4, 3]
        #expect(try #require(gradient).shape == [4, 3])
    }

    @Test func layers() throws {
        let (points, labels, step) = (Tensor.ones([4, 2]), Tensor([0, 1, 0, 1] as [Int32]), 1)
        let network = Sequential(
            Linear(inputFeatures: 2, outputFeatures: 64), ActivationLayer(.tanh),
            Linear(inputFeatures: 64, outputFeatures: 2))
        network.initialize(key: RandomKey(seed: 1))

        let logits = network(points, .training(key: RandomKey(seed: 1).derived(step)))
        let gradients = logits.softmaxCrossEntropy(labels: labels).backward()
        #expect(network.parameters.allSatisfy { $0.parameter.gradient(in: gradients) != nil })

        let registry = try Registry(plugins: [LayersPlugin()])
        let makeActivation = try registry.build(.activation, from: ["type": "leaky_relu", "slope": 0.1])
        #expect((makeActivation() as? ActivationLayer)?.activation == .leakyReLU(slope: 0.1))
    }

    @Test func quantization() throws {
        let network = Sequential(
            Conv2D(inputChannels: 3, outputChannels: 8, kernel: 3), GlobalAveragePool(),
            Linear(inputFeatures: 8, outputFeatures: 2))
        network.initialize(key: RandomKey(seed: 1))
        let images = Tensor.uniform([4, 9, 9, 3], in: -1..<1, key: RandomKey(seed: 2))
        let batches = [images]
        let report = try network.quantize(calibratedOn: batches, by: .percentile(99.99))
        for layer in report.layers where layer.signalToNoise < 20 { print(layer.name, layer.signalToNoise) }
        let logits = network.prepared()(images, .inference())
        #expect(report.layers.count == 2 && logits.shape == [4, 2])
    }

    @Test func gradientChecks() throws {
        let (x, y) = (Tensor([0.5, -1.5, 2] as [Float]), Tensor([1.25, 0.25, -0.75] as [Float]))
        try checkGradient(at: x, y) { $0[0] * $0[1].sigmoid() }
    }

    @Test func scaleConforms() throws { try checkLayer(Scale(channels: 3), input: [2, 5, 7, 3]) }

    @Test func flipConforms() throws { try checkTransform(Flip(), effect: .moved) }

    @Test func plateauConforms() throws { try checkSchedule(PlateauSchedule(learningRate: 0.1, metric: "loss")) }

    @Test func explanations() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "nn-cam-\(UUID().uuidString).png")
        defer { try? FileManager.default.removeItem(at: url) }
        let backbone = ResNetCifar(depth: 8)
        let network = Network(backbone, Classifier(features: backbone.features, classes: 3))
        network.initialize(key: RandomKey(seed: 1))
        let predictor = Predictor(network, data: DataDescription(classNames: ["cat", "dog", "bird"]))
        let image = Image(size: Size(32), channels: 3, pixels: (0..<3072).map { UInt8($0 * 7 % 256) })
        let explanation = try predictor.gradCAM(of: image, class: 2)
        if let peak = explanation.peak { print(explanation.className, explanation.probability, peak.row, peak.column) }
        try explanation.overlay(on: image).writePNG(to: url)
        let hidden = try predictor.occlusion(of: image, patch: 16, stride: 8)
        print(hidden.maximum)  // the largest fall of the probability
        #expect(explanation.className == "bird" && hidden.size == image.size)
        #expect(try Image(contentsOf: url).size == image.size)
    }

    @Test func plotting() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "nn-plot-\(UUID().uuidString).png")
        defer { try? FileManager.default.removeItem(at: url) }
        let chart = LineChart(
            title: "Loss", series: [LineChart.Series("train", points: [(1, 2.3), (2, 1.7)])],
            xLabel: "epoch", yLabel: "loss")
        try chart.image(width: 960, height: 600).writePNG(to: url)
        #expect(try Image(contentsOf: url).size == Size(height: 600, width: 960))
    }
}

/// A layer of a single parameter.
final class Scale: Layer {
    @Parameter var weight: Tensor

    init(channels: Int) { weight = .ones([channels]) }

    func forward(_ input: Tensor, context: Context) -> Tensor { input * weight.cast(to: input.dataType) }
}

// Compiled, but not run: the networks are large, and the files are not there.

private func backbones() -> Network {
    let backbone = ResNet(depth: 50, outputStride: 16)
    let network = Network(backbone, DeepLabV3Plus(features: backbone.features, classes: 19))
    network.initialize(key: RandomKey(seed: 1))
    return network
}

private func heads(_ images: Tensor) -> Tensor {
    let backbone = VoVNet(depth: 57)
    let network = Network(backbone, JPU(features: backbone.features, classes: 19))
    let logits = network(images, .inference())  // [N, H, W, 19]
    return logits
}

private func losses(_ network: Network, _ images: Tensor, _ labels: Tensor, key: RandomKey) -> Gradients {
    let objective = SumLoss([(CrossEntropy(ignoreIndex: 255), 1), (DiceLoss(ignoreIndex: 255), 0.5)])
    let gradients = objective(network(images, .training(key: key)), labels: labels).backward()
    return gradients
}

private func optimizers(_ network: Network, _ images: Tensor, _ labels: Tensor, key: RandomKey) throws {
    let optimizer = AdamW(
        network.parameters, learningRate: 1e-3, weightDecay: 0.05, schedule: .oneCycle(steps: 10_000),
        clipping: .norm(1))
    for step in 0..<10_000 {
        let loss = network(images, .training(key: key.derived(step))).softmaxCrossEntropy(labels: labels)
        try optimizer.step(loss.backward())
    }
}

private func datasets() throws {
    let streets = try MaskFolders(path: "data/streets", classCount: 19)
    let loader = try DataLoader(
        streets, batchSize: 8, transforms: [RandomScale(), RandomCrop(size: 512, ignoreIndex: 255), Flip()],
        shuffles: true)
    for epoch in 0..<80 {
        let batches = loader.batches(epoch: epoch)
        while let batch = try batches.next() {
            print(batch.images.shape, batch.labels.shape)  // [8, 512, 512, 3] [8, 512, 512]
        }
    }
}

private func masks(_ network: Network, normalization: Normalization, _ url: URL, to output: URL) throws {
    let pixels = normalization.tensor(of: try Image(contentsOf: url))
    let logits = withoutGradients { network(pixels, .inference()) }
    try Image(classIndices: logits.argmax()).writePNG(to: output, palette: Color.classes(19))
}

private func weights() throws {
    let backbone = ResNet(depth: 50)
    let network = Network(backbone, Classifier(features: backbone.features, classes: 1000))
    let report = try network.loadWeights(from: URL(filePath: "resnet50-0676ba61.pth"))
    print(report)  // 320 tensors of resnet50-0676ba61.pth with the names of torchvision_resnet
}

private func weights(_ network: Network, _ backbone: ResNet, _ url: URL) throws {
    // The backbone alone, for another task.
    try network.loadWeights(from: url, part: "backbone")
    try backbone.loadWeights(from: url)

    // A classifier for ten classes: the last layer keeps its initial values.
    try network.loadWeights(from: url, classes: 10)

    // Names that may be missing, unexpected or of another shape.
    try network.loadWeights(from: url, except: ["head.fc"])
}

private func states(_ network: Network, _ url: URL) throws {
    try network.loadWeights(from: url, state: "model")  // and not "model_ema"
}

private func names(_ network: Network, _ url: URL) throws {
    let map = try NameMap(
        """
        batch_norm_epsilon = 1e-5
        backbone.activation = relu
        encoder.*       backbone.*
        classifier.*    head.fc.*
        """)
    try network.loadWeights(from: url, names: map)
}

private func bands() throws {
    let reader = ImageReader(formats: [TIFFFormat()], channels: 5)
    let train = try ClassFolders(path: "data/fields", reader: reader)
    print(train.count)
}

private func webp() throws {
    let train = try ClassFolders(path: "data/cats", reader: ImageReader(formats: [WebPFormat()]))
    print(train.count)
}

private func keras() throws {
    let style = ConvolutionStyle(normalization: { BatchNorm(channels: $0, epsilon: 1e-3) })
    let backbone = Xception(stridedPadding: .tensorflow, style: style)
    let network = Network(backbone, Classifier(features: backbone.features, classes: 1000))
    try network.loadWeights(
        from: URL(filePath: "xception_weights_tf_dim_ordering_tf_kernels.h5"), formats: [KerasFormat()])
}

private func inference(_ network: Network, _ loader: DataLoader) throws {
    let result = try Evaluator(network, metrics: [TopKAccuracy()]).evaluate(loader)
    for score in result.scores { print(score.name, score.text) }
}

private func training(_ url: URL, _ registry: Registry, _ image: URL) throws -> Segmentation {
    let predictor = try Predictor(run: RunDirectory(existing: url), registry: registry)
    let segmentation = try predictor.segment(contentsOf: image)
    return segmentation
}

private func reporting(_ run: RunDirectory, _ registry: Registry, _ page: URL) throws -> [String] {
    let report = Report(run, registry: registry)
    let notices = try report.write(to: page) { done, count in print("predicted \(done) of \(count) batches") }
    return notices
}

private func liveReporting(_ trainer: Trainer, _ registry: Registry) throws {
    trainer.callbacks.append(ReportCallback(registry: registry))
    try trainer.train()
}

private func oneDNN(_ network: Network, _ images: Tensor) throws -> Tensor {
    let fast = try OneDNNBackend()
    print(fast.details)  // oneDNN 3.7.2, AVX-512 with bfloat16
    let logits = Engine.$scoped.withValue([fast, BLASBackend()]) { network(images, .inference()) }
    return logits
}

private func winograd(_ network: Network, _ images: Tensor) throws -> Tensor {
    let backends: [any Backend] = [try WinogradBackend(), try OneDNNBackend(), BLASBackend()]
    let logits = Engine.$scoped.withValue(backends) { network(images, .inference()) }
    return logits
}

private func bfloat16(_ network: Network, _ images: Tensor) throws -> Tensor {
    let backends: [any Backend] = [try BFloat16Backend(), try OneDNNBackend(), BLASBackend()]
    let logits = Engine.$scoped.withValue(backends) { network(images, .inference()) }
    return logits
}

private func onnx(_ network: Network) throws {
    let description = ExportDescription(
        name: "pets", classNames: ["cat", "dog"], mean: [0.485, 0.456, 0.406],
        standardDeviation: [0.229, 0.224, 0.225], imageSize: 224)
    let report = try ONNXExporter(includeNormalization: true)
        .export(network, description, to: URL(filePath: "pets.onnx"))
    print(report.notices)
}

private func converters() -> ONNXExporter {
    let square = ONNXConverter { step, graph in
        let input = step.inputs[0]
        let name = graph.name(of: input)
        return [step.result(graph.add("Mul", [name, name]), order: input.order)]
    }
    let exporter = ONNXExporter(converters: ["square": square])
    return exporter
}

private func board(_ trainer: Trainer) {
    let writer = TensorBoardWriter(folder: URL(filePath: "boards/first"), histograms: 5)
    trainer.callbacks.append(writer)
}

private func temperatures() throws {
    let file = try EventFile(in: URL(filePath: "boards/temperatures"))
    for step in 1...100 { try file.add(20 + sin(Double(step)), as: "kitchen/oven", step: step) }
    try file.add(text: "Measured *beside* the window.", as: "notes", step: 0)
    try file.close()
}
