import Foundation
import NNLayers
import NNWeights

extension ModelBuilder {
    /// Gives a network without values the weights that the configuration names, and the others the first values
    /// that follow from the seed.
    /// - Parameter pretrained: False leaves those weights alone.
    /// - Returns: What became of each file of weights.
    /// - Throws: `ConfigError` at the place of weights that do not fit or cannot be read.
    @discardableResult
    public func initialize(
        _ network: Network, as config: ExperimentConfig, classCount: Int, pretrained: Bool = true
    ) throws(ConfigError) -> [WeightReport] {
        var results: [WeightReport] = []
        if pretrained {
            results = try forEachWeightSource(of: config.model) { source -> (WeightReport, WeightPlan) in
                let result = try WeightLoader(registry).load(source, into: network, classCount: classCount)
                return (result, result.plan)
            }
        }
        network.initialize(key: config.parameterKey, keepsValues: true)
        return results
    }

    /// Checks that the weights that a configuration names fit a network, without reading their elements.
    /// - Throws: `ConfigError` at the place of weights that do not fit.
    func checkWeights(of model: ModelConfig, for network: Network, classCount: Int) throws(ConfigError) {
        _ = try forEachWeightSource(of: model) { source -> (Void, WeightPlan) in
            ((), try WeightLoader(registry).check(source, for: network, classCount: classCount))
        }
    }

    private func forEachWeightSource<Result>(
        of model: ModelConfig, _ body: (WeightSource) throws -> (Result, WeightPlan)
    ) throws(ConfigError) -> [Result] {
        var results: [Result] = []
        var files: [String: String] = [:]
        for (source, node) in try WeightSource.sources(in: model.weights) {
            do {
                let (result, plan) = try body(source)
                results.append(result)
                for name in plan.assignments.map(\.name) {
                    guard let other = files.updateValue(source.file, forKey: name) else { continue }
                    throw WeightError(
                        file: URL(fileURLWithPath: source.file),
                        reason: "has '\(name)', which \(other) has given already; say by part: what each file is for")
                }
            } catch let error as OptionError {
                throw ConfigError(error.message, place: node.place, keyPath: node.keyPath(of: error.option))
            } catch {
                throw ConfigError("\(error)", at: node)
            }
        }
        return results
    }
}
