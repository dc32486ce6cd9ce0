import NNDatasets
import NNLayers
import Testing
@testable import NNTraining

struct FreezingTests {
    /// What is trainable in each epoch, and what was said to begin.
    private final class FreezingCallback: TrainingCallback {
        var released: [Int: [String]] = [:]
        var trainableCounts: [Int] = []
        var states: [[String: [UInt8]]] = []

        func didUnfreeze(_ patterns: [String], of trainer: Trainer) { released[trainer.progress.epoch + 1] = patterns }

        func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) {
            trainableCounts.append(trainer.network.parameterCount.trainable)
            states.append(bytes(of: trainer.network))
        }
    }

    @Test func frozenPartsStayAsTheyAre() throws {
        let trainer = try TestExperiment.trainer { config in
            config.training.freeze = ["backbone"]
            config.training.ema = MovingAverageConfig()
            config.training.gradientClipNorm = 1
            config.optimizer = ["type": "sgd", "lr": 0.1, "momentum": 0.9, "weight_decay": 0.1]
        }
        let before = bytes(of: trainer.network)
        try trainer.train()
        let after = bytes(of: trainer.network)
        let average = try #require(trainer.average).savedState.tensors
        for (name, values) in before {
            let isFrozen = name.hasPrefix("backbone.")
            #expect((after[name] == values) == isFrozen, "\(name)")
            // Weights, scales and running statistics; only numbers of batches are not averaged.
            guard let tensor = average[name] else { continue }
            #expect((tensor.withUnsafeBytes { Array($0) } == values) == isFrozen, "average of \(name)")
        }
        let names = trainer.optimizer.savedState.tensors.keys.sorted()
        #expect(names == ["momentum.head.fc.bias", "momentum.head.fc.weight"])
    }

    /// Time and memory go into what is trained only: before it nothing is recorded for a gradient.
    @Test func nothingIsRecordedBeforeTheFirstTrainedPart() throws {
        func run(_ patterns: [ConfigNode]) throws -> (isTracked: Bool, gradients: Int) {
            let experiment = try TestExperiment.experiment { $0.training.freeze = patterns }
            let network = try experiment.makeNetwork()
            let images = Tensor.normal([2, 16, 16, 3], mean: 0, standardDeviation: 1, key: RandomKey(seed: 3))
            let context = Context(training: true, random: RandomKey(seed: 0))
            let features = network.backbone(images, context)
            let logits = network.head(features, imageSize: 16, context)
            let loss = try experiment.makeLoss()
            let value = loss(logits, labels: Tensor([0, 2] as [Int32]))
            return (features.contains { $0.map.isTracked }, value.backward().count)
        }
        #expect(try run(["backbone"]) == (false, 2))
        // A block of two convolutions and two batch norms, and the dense layer.
        #expect(try run(["backbone.conv1", "backbone.bn1", "backbone.layer1", "backbone.layer2"]) == (true, 8))
        let all = try TestExperiment.experiment().makeNetwork()
        #expect(try run([]) == (true, ModuleTree(all).parameters.count))
    }

    @Test func partsAreReleasedWithTheirEpoch() throws {
        let trainer = try TestExperiment.trainer { config in
            config.epochs = 4
            config.training.freeze = ["backbone"]
            config.training.unfreeze = [
                UnfreezeConfig(epoch: 4, pattern: "backbone"), UnfreezeConfig(epoch: 3, pattern: "backbone.layer3"),
            ]
        }
        let callback = FreezingCallback()
        trainer.callbacks.append(callback)
        let start = bytes(of: trainer.network)
        try trainer.train()
        #expect(callback.released == [3: ["backbone.layer3"], 4: ["backbone"]])
        let head = 64 * 3 + 3
        let last = 32 * 64 * 9 + 64 * 64 * 9 + 4 * 64
        #expect(callback.trainableCounts == [head, head, head + last, trainer.network.parameterCount.parameters])
        for name in ["backbone.layer3.0.conv1.weight", "backbone.layer3.0.bn1.running_mean"] {
            #expect(callback.states[1][name] == start[name])
            #expect(callback.states[2][name] != start[name])
        }
        for name in ["backbone.conv1.weight", "backbone.bn1.running_mean", "backbone.bn1.num_batches_tracked"] {
            #expect(callback.states[2][name] == start[name])
            #expect(callback.states[3][name] != start[name])
        }
    }

    @Test func whatIsFrozenInCodeStaysFrozen() throws {
        let trainer = try TestExperiment.trainer()
        trainer.network.freeze("backbone")
        let before = bytes(of: trainer.network)["backbone.conv1.weight"]
        try trainer.train()
        #expect(bytes(of: trainer.network)["backbone.conv1.weight"] == before)
    }

    @Test func theProofTellsWhatIsTrained() throws {
        func proof(_ epoch: Int?) throws -> ShapeProof {
            try TestExperiment.experiment { config in
                config.training.freeze = ["backbone"]
                config.training.unfreeze = epoch.map { [UnfreezeConfig(epoch: $0, pattern: "backbone")] } ?? []
            }.proveShapes()
        }
        let frozen = try proof(nil)
        #expect(frozen.parameterCount.trainable == 64 * 3 + 3)
        #expect(frozen.parameterCount.parameters == 74_835)
        #expect(frozen.memory.gradients == 4 * (64 * 3 + 3))
        // Memory is for the epoch that trains most; an epoch that never comes does not count.
        let released = try proof(2)
        #expect(released.parameterCount == frozen.parameterCount)
        #expect(released.memory.gradients == 4 * 74_835)
        // What is frozen keeps no results for a backward calculation.
        #expect(frozen.memory.activations < released.memory.activations / 2)
        #expect(try proof(3).memory == frozen.memory)
    }
}

private func bytes(of network: any Module) -> [String: [UInt8]] {
    Dictionary(
        uniqueKeysWithValues: network.stateDictionary.entries.map { ($0.name, $0.tensor.withUnsafeBytes { Array($0) }) }
    )
}
