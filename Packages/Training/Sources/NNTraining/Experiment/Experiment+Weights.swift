import Foundation
import NNDatasets
import NNLayers
@_spi(Internal) import NNWeights

extension Experiment {
    /// How images were prepared for the pretrained weights that the configuration names, as their names or the checkpoint
    /// tell; nil where nothing tells it.
    /// - Throws: `ConfigError` for weights that do not fit the network, or `DatasetError`.
    @_spi(Internal) public func weightInput() throws -> InputSettings? {
        let plans = try ModelBuilder(registry).checkWeights(
            of: config.model, for: buildNetwork(), classCount: dataset(.train).classNames.count)
        if let input = plans.lazy.compactMap(\.plan.input).first { return input }
        let checkpoints = try WeightSource.sources(in: config.model.weights).lazy.compactMap { source, _ in
            Checkpoint.information(of: URL(fileURLWithPath: source.file))?.data.normalization
        }
        return checkpoints.first.map {
            InputSettings(mean: $0.mean, standardDeviation: $0.standardDeviation)
        }
    }
}
