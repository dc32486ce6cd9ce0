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

    private func gradients() throws -> Gradients {
        let batch = try #require(try loader().batches(epoch: 0).next())
        return crossEntropy(network(batch.images, .training(key: RandomKey(seed: 1))), labels: batch.labels).backward()
    }

    private func file(_ name: String) -> URL {
        FileManager.default.temporaryDirectory.appending(path: "nn-\(UUID().uuidString)-\(name)")
    }

    @Test func optimizers() throws {
        let sgd = SGD(network.parameters, learningRate: 0.1, momentum: 0.9, nesterov: true)
        try sgd.step(gradients())
        #expect(sgd.stepCount == 1 && sgd.learningRate == 0.1)
        try sgd.step(gradients(), learningRate: 0.01)
        #expect(sgd.stepCount == 1)
        let adam = AdamW(
            network.parameters, learningRate: 1e-3, weightDecay: 0.05, decaysNormsAndBiases: false,
            groups: [ParameterGroup(pattern: "backbone", learningRateFactor: 0.1)], clipping: .value(0.5))
        #expect(try adam.step(gradients()) == nil)
        #expect(try #require(try adam.step(gradients(), clipping: .norm(1))) > 0)
        let schedules: [ScheduleTemplate] = [
            .cosine(steps: 1000), .step(interval: 300), .oneCycle(peak: 0.1, steps: 1000),
            .cosine(steps: 1000).warmup(steps: 100), .plateau(patience: 5),
        ]
        for schedule in schedules {
            let optimizer = SGD(network.parameters, learningRate: 0.1, schedule: schedule)
            #expect(optimizer.learningRate > 0 && optimizer.learningRate <= 0.1)
            optimizer.report(0.5)
        }
    }

    @Test func theStateOfAnOptimizerIsSaved() throws {
        let url = file("optimizer.safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        let optimizer = SGD(
            network.parameters, learningRate: 0.1, momentum: 0.9, schedule: .cosine(steps: 10).warmup(steps: 3))
        try optimizer.savedState.save(to: url)
        #expect(try SavedState(contentsOf: url).scalars.isEmpty)
        try optimizer.step(gradients())
        try optimizer.savedState.save(to: url)
        let other = SGD(
            network.parameters, learningRate: 0.1, momentum: 0.9, schedule: .cosine(steps: 10).warmup(steps: 3))
        try other.restore(SavedState(contentsOf: url))
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
        let average = ExponentialMovingAverage(of: network, decay: 0.99)
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
        let (image, file, names) = (file("image.png"), file("network.onnx"), ["circle", "square", "triangle"])
        defer { for url in [image, file] { try? FileManager.default.removeItem(at: url) } }
        try Shapes(size: 16, classCount: 3, count: 1).sample(at: 0).image.writePNG(to: image)
        let prediction = try Predictor(network, data: DataDescription(classNames: names)).predict(contentsOf: image)
        #expect(Set(prediction.classes.map(\.name)) == Set(names))
        try ONNXExporter().export(network, ExportDescription(imageSize: 16), to: file)
        #expect(FileManager.default.fileExists(atPath: file.path))

        // The task of a network in memory is that of its head.
        let backbone = ResNet(depth: 18)
        let segmenter = Network(backbone, FCN(features: backbone.features, classes: 3))
        segmenter.initialize(key: RandomKey(seed: 1))
        let mask = try Predictor(segmenter, data: DataDescription(classNames: names)).segment(contentsOf: image).mask
        #expect(mask.size == 16)
    }
}
