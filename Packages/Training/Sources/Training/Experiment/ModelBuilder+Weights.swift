import NNLayers
import Weights

extension ModelBuilder {
    /// Gives a network without values the weights that the configuration names, and the others the first values
    /// that follow from the seed.
    /// - Parameter pretrained: False leaves those weights alone.
    /// - Returns: What became of each file of weights.
    /// - Throws: `ConfigError` at the place of weights that do not fit or cannot be read.
    @discardableResult
    public func initialize(
        _ network: Network, as config: ExperimentConfig, classCount: Int, pretrained: Bool = true
    ) throws(ConfigError) -> [WeightResult] {
        let results =
            pretrained
            ? try forEachWeightSource(of: config.model) {
                try WeightLoader(registry).load($0, into: network, classCount: classCount)
            } : []
        network.initialize(key: config.parameterKey, keepsValues: true)
        return results
    }

    /// Checks that the weights that a configuration names fit a network, without reading their elements.
    /// - Throws: `ConfigError` at the place of weights that do not fit.
    func checkWeights(of model: ModelConfig, for network: Network, classCount: Int) throws(ConfigError) {
        _ = try forEachWeightSource(of: model) {
            try WeightLoader(registry).check($0, for: network, classCount: classCount)
        }
    }

    private func forEachWeightSource<Result>(
        of model: ModelConfig, _ body: (WeightSource) throws -> Result
    ) throws(ConfigError) -> [Result] {
        var results: [Result] = []
        for (source, node) in try WeightSource.sources(in: model.weights) {
            do {
                results.append(try body(source))
            } catch let error as OptionError {
                throw ConfigError(error.message, place: node.place, keyPath: node.keyPath(of: error.option))
            } catch {
                throw ConfigError("\(error)", at: node)
            }
        }
        return results
    }
}
