// The Swift program of README.md, see DocumentationTests.
import Foundation
import NNBackbones
import NNDatasets
import NNHeads
import NNLayers
import NNLosses
import NNOptimizers

/// Compiled, but not run: the data is not there.
func readmeProgram() throws {
    let backbone = VoVNet(depth: 57)
    let network = Network(backbone, JPU(features: backbone.features, classes: 19))
    network.initialize(key: RandomKey(seed: 1))
    try backbone.load(from: URL(filePath: "vovnet57_imagenet.safetensors"))

    let streets = try MaskFolders(path: "data/streets", classCount: 19)
    let loader = try DataLoader(
        streets, batchSize: 8, transforms: [RandomCrop(size: 512, ignoreIndex: 255), Flip()], shuffles: true)
    let crossEntropy = CrossEntropy(ignoreIndex: 255)
    let optimizer = AdamW(network.parameters, learningRate: 1e-3, schedule: .oneCycle(steps: 80 * loader.count))
    for epoch in 0..<80 {
        let batches = loader.batches(epoch: epoch)
        while let batch = try batches.next() {
            let key = RandomKey(seed: 2).derived(optimizer.stepCount)  // dropout drops other units in each step
            let loss = crossEntropy(network(batch.images, .training(key: key)), labels: batch.labels)
            try optimizer.step(loss.backward())
        }
    }
    try network.save(to: URL(filePath: "streets.safetensors"))
    print(network)
}
