@_spi(Text) import NNLayers
import NNDatasets
import NNTraining

/// What an evaluation measured, for people and programs.
struct EvaluationReport: Encodable {
    let run: String
    let checkpoint: String
    let split: Split
    let result: EvaluationResult
    /// What was written to the run folder.
    let files: [String]

    /// The tables of the metrics, then a line with the scores.
    var text: String {
        let scores = result.scores.map(EpochText.score).joined(separator: "  ")
        return
            (result.reports + [
                "\(split.rawValue)  \(scores)  \(result.sampleCount.grouped) samples, "
                    + "\(Int(result.samplesPerSecond).grouped) images/s  (\(checkpoint) of \(run))"
            ] + (files.isEmpty ? [] : ["written: \(files.joined(separator: ", "))"])).joined(separator: "\n\n")
    }
}
