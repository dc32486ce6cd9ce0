import NNLayers
import NNOptimizers
import Testing

/// Optimizers as a program uses them that trains by a loop of its own.
@Suite struct TrainingLoopTests {
    private let points = Tensor.normal([32, 2], key: RandomKey(seed: 5))

    /// Whether the product of the coordinates is positive.
    private var labels: Tensor {
        let values = points.floats
        return Tensor((0..<32).map { Int32(values[2 * $0] * values[2 * $0 + 1] > 0 ? 1 : 0) })
    }

    private func makeNetwork() -> Sequential {
        let network = Sequential([
            Linear(inputFeatures: 2, outputFeatures: 16), ActivationLayer(.tanh),
            Linear(inputFeatures: 16, outputFeatures: 2),
        ])
        network.initialize(key: RandomKey(seed: 1))
        return network
    }

    private func loss(_ network: Sequential, _ step: Int) -> Tensor {
        network(points, .training(key: RandomKey(seed: 2).derived(step))).softmaxCrossEntropy(labels: labels)
    }

    /// The losses before each step of an optimizer.
    private func train(_ network: Sequential, _ optimizer: Optimizer, steps: Range<Int>) throws -> [Float] {
        try steps.map { step in
            let loss = loss(network, step)
            try optimizer.step(loss.backward())
            return loss.item
        }
    }

    @Test func equalsALoopWrittenByHand() throws {
        let (network, byHand) = (makeNetwork(), makeNetwork())
        let losses = try train(network, SGD(network.parameters, learningRate: 0.5), steps: 0..<200)
        var expected: [Float] = []
        for step in 0..<200 {
            let loss = loss(byHand, step)
            expected.append(loss.item)
            let gradients = loss.backward()
            for (_, parameter) in byHand.parameters {
                guard let gradient = parameter.gradient(in: gradients) else { continue }
                parameter.value = parameter.value - gradient * 0.5
            }
        }
        #expect(isClose(losses, expected, tolerance: 1e-5))
        #expect(losses[0] > 0.6 && losses[199] < 0.25, "\(losses[0]) to \(losses[199])")
    }

    static let optimizers: [@Sendable ([(name: String, parameter: Parameter)]) -> Optimizer] = [
        { SGD($0, learningRate: 0.1, momentum: 0.9, nesterov: true, schedule: .cosine(steps: 200)) },
        { Adam($0, learningRate: 0.02) },
        {
            AdamW(
                $0, learningRate: 0.05, decaysNormsAndBiases: false, schedule: .oneCycle(steps: 200),
                clipping: .norm(1))
        },
        {
            AdamW(
                $0, groups: [ParameterGroup(pattern: "2", learningRateFactor: 0.5)],
                schedule: .oneCycle(peak: 0.1, steps: 200))
        },
    ]

    @Test(arguments: optimizers.indices) func trains(_ index: Int) throws {
        let network = makeNetwork()
        let losses = try train(network, Self.optimizers[index](network.parameters), steps: 0..<200)
        #expect(losses[199] < 0.5 * losses[0], "\(losses[0]) to \(losses[199])")
    }

    /// The schedule gives the learning rate of each step; a stated one leaves it where it was.
    @Test func followsTheSchedule() throws {
        let weight = Parameter(wrappedValue: .zeros([1]))
        let optimizer = SGD(
            [("weight", weight)], learningRate: 1, schedule: .multiStep(milestones: [1, 3], gamma: 0.5))
        var values: [Float] = []
        for rate in [nil, nil, 8, nil, nil] as [Double?] {
            try optimizer.step(makeGradients([(weight, [-1])]), learningRate: rate)
            values.append(weight.value.floats[0])
        }
        #expect(values == [1, 1.5, 9.5, 10, 10.25])
        #expect(optimizer.stepCount == 4)
        #expect(optimizer.learningRate == 0.25)
        #expect(optimizer.baseLearningRate == 1)
    }

    @Test func aPlateauIsReported() throws {
        let weight = Parameter(wrappedValue: .zeros([1]))
        let optimizer = SGD([("weight", weight)], learningRate: 1, schedule: .plateau(factor: 0.5, patience: 0))
        optimizer.report(3)
        #expect(optimizer.learningRate == 1)
        optimizer.report(4)
        #expect(optimizer.learningRate == 0.5)
    }

    /// A loop that ends in the middle goes on as if it had not, schedule and all.
    @Test(
        arguments: [
            .oneCycle(peak: 0.05, steps: 40), .plateau(factor: 0.5, patience: 0).warmup(steps: 10),
        ] as [ScheduleTemplate])
    func goesOnFromASavedState(_ schedule: ScheduleTemplate) throws {
        func makeOptimizer(_ network: Sequential) -> Optimizer {
            AdamW(network.parameters, learningRate: 0.05, schedule: schedule)
        }
        let whole = makeNetwork()
        let optimizer = makeOptimizer(whole)
        let first = try train(whole, optimizer, steps: 0..<20)
        for loss in [1.0, 2, 3] { optimizer.report(loss) }
        let state = optimizer.savedState
        #expect(state.scalars["step_count"] == 20)

        let resumed = makeNetwork()
        let other = makeOptimizer(resumed)
        _ = try resumed.load(whole.stateDictionary)
        try other.restore(state)
        let second = try train(whole, optimizer, steps: 20..<40)
        #expect(try train(resumed, other, steps: 20..<40) == second)
        #expect(second[19] < first[0])
    }

    /// What a trainer saves that states every learning rate has the same names as ever.
    @Test func stepsWithAStatedLearningRateSaveNoCount() throws {
        let weight = Parameter(wrappedValue: .zeros([1]))
        let optimizer = SGD([("weight", weight)], learningRate: 1, momentum: 0.9)
        try optimizer.step(makeGradients([(weight, [1])]), learningRate: 0.1)
        #expect(optimizer.savedState.scalars == ["update_count.weight": 1])
        #expect(optimizer.savedState.tensors.keys.sorted() == ["momentum.weight"])
    }
}
