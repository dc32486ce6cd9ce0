import NNDatasets
import NNLayers
import NNWeights

extension ExperimentConfig {
    /// What to write so that images are prepared as they were for published weights; nil if they are, or if the name map
    /// of the weights does not say.
    ///
    /// It is a note and not an error: weights with the names of a publication need not be the published ones.
    public func inputNote(for report: WeightReport) -> String? {
        guard let input = report.plan.input, report.part.map({ $0 == "backbone" }) ?? true else { return nil }
        let (mean, deviation) = (data.normalize?.mean ?? [0, 0, 0], data.normalize?.standardDeviation ?? [1, 1, 1])
        func isClose(_ left: [Float], _ right: [Float]) -> Bool {
            left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) <= 0.05 * abs($1) }
        }
        let isBGR = data.validationTransforms.contains { $0.name == "to_bgr" }
        guard isBGR != input.isBGR || !isClose(mean, input.mean) || !isClose(deviation, input.standardDeviation)
        else { return nil }
        func list(_ values: [Float]) -> String { "[\(values.map { "\($0)" }.joined(separator: ", "))]" }
        return "published weights with these names expect images by data.normalize: {mean: \(list(input.mean)), "
            + "standard_deviation: \(list(input.standardDeviation))}"
            + (input.isBGR == isBGR
                ? "" : " and \(input.isBGR ? "with" : "without") to_bgr in train_transforms and validation_transforms")
            + ", which this configuration has not"
    }
}
