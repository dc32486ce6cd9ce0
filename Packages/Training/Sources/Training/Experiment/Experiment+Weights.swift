import NNLayers
import Weights

extension Experiment {
    /// Gives a network the weights that the configuration names.
    /// - Throws: `ConfigError` at the place of weights that do not fit or cannot be read.
    func loadWeights(into network: Network) throws(ConfigError) -> [WeightResult] {
        try forEachWeightSource { try WeightLoader(registry).load($0, into: network, classCount: $1) }
    }

    /// Checks that the weights that the configuration names fit a network, without reading their elements.
    /// - Throws: `ConfigError` at the place of weights that do not fit.
    func checkWeights(for network: Network) throws(ConfigError) {
        _ = try forEachWeightSource { try WeightLoader(registry).check($0, for: network, classCount: $1) }
    }

    private func forEachWeightSource<Result>(
        _ body: (WeightSource, _ classCount: Int) throws -> Result
    ) throws(ConfigError) -> [Result] {
        var results: [Result] = []
        for (source, node) in try WeightSource.sources(in: config.model.weights) {
            do {
                results.append(try body(source, dataset(.train).classNames.count))
            } catch let error as OptionError {
                throw ConfigError(error.message, place: node.place, keyPath: node.keyPath(of: error.option))
            } catch {
                throw ConfigError("\(error)", at: node)
            }
        }
        return results
    }
}
