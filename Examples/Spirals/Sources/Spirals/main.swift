// Tells the points of two interleaved spirals apart with a small dense network.
import Foundation
import NNLayers

let count = 400
let points = Tensor(
    (0..<count).flatMap { index -> [Float] in
        let radius = 0.3 + 3 * Float(index / 2) / Float(count / 2)
        let angle = radius * 1.7 + (index % 2 == 0 ? 0 : .pi)
        return [radius * cos(angle), radius * sin(angle)]
    }, shape: [count, 2])
let labels = Tensor((0..<count).map { Int32($0 % 2) })

let network = Sequential([
    Linear(inputFeatures: 2, outputFeatures: 64), ActivationLayer(.tanh),
    Linear(inputFeatures: 64, outputFeatures: 64), ActivationLayer(.tanh),
    Linear(inputFeatures: 64, outputFeatures: 2),
])
network.initialize(key: RandomKey(seed: 1))
let parameters = ModuleTree(network).parameters.map(\.parameter)

for step in 1...2000 {
    // Another key for each step: a network with dropout would drop other units each time.
    let context = Context(training: true, random: RandomKey(seed: 1).derived(step))
    let loss = network(points, context).softmaxCrossEntropy(labels: labels)
    let gradients = loss.backward()
    for parameter in parameters {
        guard let gradient = parameter.gradient(in: gradients) else { continue }
        parameter.value = parameter.value - gradient * 0.5
    }
    if step % 500 == 0 { print("step \(step): loss \(loss.item)") }
}
let predictions = network(points, .inference()).argmax(axis: -1)
let correct = zip(predictions.floats, labels.floats).filter { $0 == $1 }.count
print("\(correct) of \(count) points are right")
