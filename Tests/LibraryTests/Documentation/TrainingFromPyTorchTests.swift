// The lines and programs about training of Documentation/nnkit.docc/FromPyTorch.md.
import Foundation
import NNBackbones
import NNDatasets
import NNHeads
import NNInference
import NNLayers
import NNLosses
import NNONNX
import NNOptimizers
import Testing

@Suite struct TrainingFromPyTorchTests {
    private let network: Network
    private let crossEntropy = CrossEntropy()

    init() {
        let backbone = ResNetCifar(depth: 8)
        network = Network(backbone, Classifier(features: backbone.features, classes: 3))
        network.initialize(key: RandomKey(seed: 1))
    }

    private func loader(_ count: Int = 8) throws -> DataLoader {
        try DataLoader(Shapes(size: 16, classCount: 3, count: count), batchSize: 2)
    }

    private func loss() throws -> Tensor {
        let batch = try #require(try loader().batches(epoch: 0).next())
        return crossEntropy(network(batch.images, .training(key: RandomKey(seed: 1))), labels: batch.labels)
    }

    private func file(_ name: String) -> URL {
        FileManager.default.temporaryDirectory.appending(path: "nn-\(UUID().uuidString)-\(name)")
    }

    @Test func optimizers() throws {
        let (loss, gradients) = (try loss(), try loss().backward())
        let optimizer = SGD(network.parameters, learningRate: 0.1, momentum: 0.9, nesterov: true)
        try optimizer.step(loss.backward())
        #expect(optimizer.stepCount == 1 && optimizer.learningRate == 0.1)
        try optimizer.step(gradients, learningRate: 0.01)
        #expect(optimizer.stepCount == 1)
        let adam = AdamW(
            network.parameters, learningRate: 1e-3, weightDecay: 0.05, decaysNormsAndBiases: false,
            groups: [ParameterGroup(pattern: "backbone", learningRateFactor: 0.1)], clipping: .value(0.5))
        #expect(try adam.step(gradients) == nil)
        #expect(try #require(try adam.step(gradients, clipping: .norm(1))) > 0)
        #expect(AdamW(network.parameters, learningRate: 1e-3, weightDecay: 0.05).learningRate == 1e-3)
    }

    @Test func schedules() throws {
        let optimizers = [
            SGD(network.parameters, learningRate: 0.1, schedule: .cosine(steps: 1000)),
            SGD(network.parameters, learningRate: 0.1, schedule: .step(interval: 300)),
            SGD(network.parameters, learningRate: 0.1, schedule: .oneCycle(peak: 0.1, steps: 1000)),
            SGD(network.parameters, learningRate: 0.1, schedule: .cosine(steps: 1000).warmup(steps: 100)),
            SGD(network.parameters, learningRate: 0.1, schedule: .plateau(patience: 5)),
        ]
        let value = 0.5
        for optimizer in optimizers {
            #expect(optimizer.learningRate > 0 && optimizer.learningRate <= 0.1)
            optimizer.report(value)
        }
    }

    @Test func theStateOfAnOptimizerIsSaved() throws {
        let url = file("optimizer.safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        let optimizer = SGD(
            network.parameters, learningRate: 0.1, momentum: 0.9, schedule: .cosine(steps: 10).warmup(steps: 3))
        try optimizer.savedState.save(to: url)
        #expect(try SavedState(contentsOf: url).scalars.isEmpty)
        try optimizer.step(loss().backward())
        try optimizer.savedState.save(to: url)
        let other = SGD(
            network.parameters, learningRate: 0.1, momentum: 0.9, schedule: .cosine(steps: 10).warmup(steps: 3))
        func restore(_ optimizer: SGD) throws { try optimizer.restore(SavedState(contentsOf: url)) }
        try restore(other)
        #expect(other.stepCount == 1 && other.learningRate == optimizer.learningRate)
        #expect(other.savedState.scalars == optimizer.savedState.scalars)
        for (name, tensor) in optimizer.savedState.tensors {
            #expect(other.savedState.tensors[name]?.floats == tensor.floats, "\(name)")
        }
        try network.save(to: url, metadata: ["made_by": "a test"])
        let refused = #expect(throws: SavedStateError.self) { try SavedState(contentsOf: url) }
        #expect(refused?.description.contains("says 'a test' for 'made_by', which is no number") == true)
    }

    @Test func loop() throws {
        let (loader, epochs) = (try loader(), 2)
        network.freeze("backbone")
        let optimizer = AdamW(
            network.parameters, learningRate: 1e-3,
            groups: [ParameterGroup(pattern: "backbone", learningRateFactor: 0.1)],
            schedule: .cosine(steps: epochs * loader.count / 4), clipping: .norm(1))
        let average = ExponentialMovingAverage(of: network, decay: 0.999)
        for epoch in 0..<epochs {
            if epoch == 1 { network.unfreeze("backbone") }
            var gradients = Gradients()
            let batches = loader.batches(epoch: epoch)
            while let batch = try batches.next() {
                let key = RandomKey(seed: 1).derived(epoch).derived(batches.stepCount)
                let loss = crossEntropy(network(batch.images, .training(key: key)), labels: batch.labels)
                gradients.accumulate(loss.backward())
                if batches.stepCount % 4 == 0 {
                    try optimizer.step(gradients, gradientScale: 0.25)
                    gradients = Gradients()
                    average.update()
                }
            }
        }
        #expect(optimizer.stepCount == 2 && average.updateCount == 2)
        #expect(average.withAveragedWeights { network.parameters.allSatisfy { $0.parameter.value.isFinite } })
    }

    @Test func checkpointing() throws {
        let batches = try loader().batches(epoch: 0)
        let (batch, key) = (try #require(try batches.next()), RandomKey(seed: 1))
        let images = batch.images
        let logits = network(images, .training(key: key, checkpoints: true))
        let gradients = crossEntropy(logits, labels: batch.labels).backward()
        #expect(network.parameters.allSatisfy { $0.parameter.gradient(in: gradients) != nil })
    }

    @Test func quantization() throws {
        let epoch = try loader().batches(epoch: 0)
        let batches = [try #require(try epoch.next()).images]
        let report = try network.quantize(calibratedOn: batches)
        #expect(!report.layers.isEmpty)
    }

    @Test func evaluation() throws {
        let loader = try loader()
        var accuracy = TopKAccuracy()
        let batches = loader.batches(epoch: 0)
        while let batch = try batches.next() {
            let logits = withoutGradients { network(batch.images, .inference()) }
            accuracy.update(Predictions(logits: logits), labels: batch.labels)
        }
        print(accuracy.values[0].textWithUnit)
        let result = try Evaluator(network, loss: crossEntropy, metrics: [TopKAccuracy()]).evaluate(loader)
        #expect(result.scores.contains { $0.name == "top1" && $0.value == accuracy.values[0].value })
    }

    @Test func prediction() throws {
        let (file, exported) = (file("image.png"), file("network.onnx"))
        let names = ["circle", "square", "triangle"]
        defer { for url in [file, exported] { try? FileManager.default.removeItem(at: url) } }
        try Shapes(size: 16, classCount: 3, count: 1).sample(at: 0).image.writePNG(to: file)
        let prediction = try Predictor(network, data: DataDescription(classNames: names)).predict(contentsOf: file)
        #expect(Set(prediction.classes.map(\.name)) == Set(names))
        let input = Tensor.zeros([1, 16, 16, 3])
        let logits = network.prepared()(input, .inference())
        #expect(logits.floats == network(input, .inference()).floats)
        func export(to file: URL) throws {
            try ONNXExporter().export(network, ExportDescription(imageSize: 224), to: file)
        }
        try export(to: exported)
        #expect(FileManager.default.fileExists(atPath: exported.path))
    }

    /// The task of a network in memory is that of its head.
    @Test func segmentation() throws {
        let (file, names) = (file("image.png"), ["circle", "square", "triangle"])
        defer { try? FileManager.default.removeItem(at: file) }
        try Shapes(size: 16, classCount: 3, count: 1).sample(at: 0).image.writePNG(to: file)
        let backbone = ResNet(depth: 18)
        let network = Network(backbone, FCN(features: backbone.features, classes: 3))
        network.initialize(key: RandomKey(seed: 1))
        let result = try Predictor(network, data: DataDescription(classNames: names)).segment(contentsOf: file)
        #expect(result.mask.size == 16)
    }

    /// The document has no line of Swift that is not in this file, or in that of NNLayers about tensors and layers.
    @Test func everyLineOfTheDocumentIsHere() throws {
        let file = URL(filePath: #filePath).resolvingSymlinksInPath()
        let root = file.appending(path: "../../../..").standardizedFileURL
        func text(_ path: String) throws -> String {
            try String(contentsOf: root.appending(path: path), encoding: .utf8)
        }
        let tests = try text("Packages/NNLayers/Tests/NNLayersTests/FromPyTorchTests.swift")
        let sources = (try String(contentsOf: file, encoding: .utf8) + tests).filter { !$0.isWhitespace }
        var (count, missing): (Int, [String]) = (0, [])
        for row in try text("Documentation/nnkit.docc/FromPyTorch.md").split(separator: "\n") where row.hasPrefix("|") {
            // The bar of an operator is escaped.
            let cells = row.replacing("\\|", with: "\u{0}").split(separator: "|", omittingEmptySubsequences: false)
            // Tables of two columns name types only.
            guard cells.count == 5 else { continue }
            for (number, code) in cells[2].split(separator: "`", omittingEmptySubsequences: false).enumerated()
            where number % 2 == 1 {
                count += 1
                let line = code.replacing("\u{0}", with: "|")
                if !sources.contains(line.filter { !$0.isWhitespace }) { missing.append(String(line)) }
            }
        }
        #expect(missing == [])
        #expect(count > 150)
    }
}
