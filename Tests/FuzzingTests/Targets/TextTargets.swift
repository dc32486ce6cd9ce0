import Foundation
import NNBackbones
@testable import NNDatasets
import NNHeads
@_spi(Internal) import NNInference
import NNLayers
import NNLosses
import NNOptimizers
@_spi(Internal) import NNTraining
import NNWeights

/// Configurations, lists and tables.
enum TextTargets {
    /// Read by one thread only.
    private struct Components: @unchecked Sendable {
        let registry: Registry
    }

    private static let components = Components(
        registry: try! Registry(plugins: [
            LayersPlugin(), BackbonesPlugin(), HeadsPlugin(), LossesPlugin(), DatasetsPlugin(), WeightsPlugin(),
            OptimizersPlugin(), InferencePlugin(), TrainingPlugin(),
        ]))

    /// A configuration file: read, checked, and written again.
    static func config(_ bytes: [UInt8]) throws {
        let node = try YAMLReader.read(String(decoding: bytes, as: UTF8.self), source: "fuzz.yaml")
        let config = try ConfigCheck(registry: components.registry).resolve(node)
        let text = YAMLWriter.write(config.node)
        let again = try YAMLReader.read(text, source: "again.yaml")
        require(again == config.node, "fuzzing: a configuration changes when it is written")
    }

    /// `--set` on a configuration: a line each.
    static func settings(_ bytes: [UInt8]) throws {
        var node: ConfigNode = [
            "model": ["backbone": "resnet_cifar", "head": "classifier"], "data": ["dataset": ["type": "shapes"]],
        ]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix(16) {
            node = try ConfigOverride(String(line)).applied(to: node)
        }
        _ = try ConfigCheck(registry: components.registry).resolve(node)
    }

    /// Lists of classes, images and masks, and name maps.
    static func lists(_ bytes: [UInt8]) throws {
        let file = ScratchFolder.shared.write(bytes, to: "list.txt")
        let calls: [() throws -> Void] = [
            { _ = try ClassListOption.file(file.path).classes() },
            { _ = try MapFile(path: file.path, classCount: 10) },
            { _ = try MaskLists(path: file.path, root: ScratchFolder.shared.url.path, classCount: 3) },
            { _ = try NameMap(String(decoding: bytes, as: UTF8.self)) },
        ]
        var failure: (any Error)?
        var works = false
        for call in calls {
            do {
                try call()
                works = true
            } catch {
                failure = error
            }
        }
        if !works, let failure { throw failure }
    }

    /// CSV.
    static func tables(_ bytes: [UInt8]) throws {
        let file = ScratchFolder.shared.write(bytes, to: "table.csv")
        for task in [PredictionTask.multiLabel, .regression] {
            let table = try TableFile(path: file.path, task: task)
            for index in 0..<min(table.count, 4) { _ = table.target(at: index) }
        }
    }
}
