// A network, a custom training loop and a prediction. nnkit's own tests compile and run this file too.
import Foundation
import NNBackbones
import NNDatasets
import NNHeads
import NNLayers
import NNLosses
import NNOptimizers

let imageNet = Normalization(mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225])

/// A VoVNet with a JPU decoder.
func makeNetwork(depth: Int = 57, width: Int = 512, classes: Int) -> Network {
    let backbone = VoVNet(depth: depth)
    return Network(backbone, JPU(features: backbone.features, classes: classes, width: width))
}

/// Trains a network from scratch.
/// - Returns: The mean loss of each epoch.
@discardableResult
func train(
    _ network: Network, on data: any Dataset, size: Size = 512, batchSize: Int = 8, epochs: Int = 80
) throws -> [Float] {
    let key = RandomKey(seed: 1)
    let loader = try DataLoader(
        data, batchSize: batchSize,
        transforms: [
            RandomScale(), RandomCrop(size: size, ignoreIndex: 255), Flip(),
            ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4),
        ],
        shuffles: true, normalization: imageNet, dropsLast: true, threads: 2)
    let crossEntropy = CrossEntropy(ignoreIndex: 255)
    network.initialize(key: key)
    let optimizer = AdamW(
        network.parameters, learningRate: 1e-3, weightDecay: 0.05, schedule: .oneCycle(steps: epochs * loader.count),
        clipping: .norm(1))
    return try (0..<epochs).map { epoch in
        var sum: Float = 0
        let batches = loader.batches(epoch: epoch)
        while let batch = try batches.next() {
            let logits = network(batch.images, .training(key: key.derived(optimizer.stepCount)))
            let loss = crossEntropy(logits, labels: batch.labels)
            try optimizer.step(loss.backward())
            sum += loss.item
        }
        print("epoch \(epoch): loss \(sum / Float(loader.count))")
        return sum / Float(loader.count)
    }
}

/// Writes the mask of an image as a PNG file with a palette.
func predict(_ image: URL, with network: Network, to mask: URL) throws {
    let pixels = imageNet.tensor(of: try Image(contentsOf: image))
    let logits = withoutGradients { network(pixels, .inference()) }
    try Image(classIndices: logits.argmax()).writePNG(to: mask, palette: Color.classes(logits.shape[3]))
}
