// Tells the points of two interleaved spirals apart with a small dense network, and keeps it in a file.
import Foundation
import NNLayers
import NNOptimizers

let count = 400
let points = Tensor(
    (0..<count).flatMap { index -> [Float] in
        let radius = 0.3 + 3 * Float(index / 2) / Float(count / 2)
        let angle = radius * 1.7 + (index % 2 == 0 ? 0 : .pi)
        return [radius * cos(angle), radius * sin(angle)]
    }, shape: [count, 2])
let labels = Tensor((0..<count).map { Int32($0 % 2) })

func makeNetwork() -> Sequential {
    Sequential([
        Linear(inputFeatures: 2, outputFeatures: 64), ActivationLayer(.tanh),
        Linear(inputFeatures: 64, outputFeatures: 64), ActivationLayer(.tanh),
        Linear(inputFeatures: 64, outputFeatures: 2),
    ])
}

let network = makeNetwork()
let key = RandomKey(seed: 1)
network.initialize(key: key)

let steps = 500
let optimizer = AdamW(network.parameters, learningRate: 0.01, schedule: .oneCycle(steps: steps))
for step in 1...steps {
    // Another key for each step: a network with dropout would drop other units each time.
    let loss = network(points, .training(key: key.derived(step))).softmaxCrossEntropy(labels: labels)
    try optimizer.step(loss.backward())
    if step % 100 == 0 { print("step \(step): loss \(loss.item)") }
}

// A safetensors file, which other frameworks read too.
let file = FileManager.default.temporaryDirectory.appending(path: "spirals.safetensors")
try network.save(to: file)
let loaded = makeNetwork()
try loaded.load(from: file)
print("saved to \(file.path)")

let predictions = loaded(points, .inference()).argmax(axis: -1)
let correct = zip(predictions.floats, labels.floats).filter { $0 == $1 }.count
print("\(correct) of \(count) points are right")
