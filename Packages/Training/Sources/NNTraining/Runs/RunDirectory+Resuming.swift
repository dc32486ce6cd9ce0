import Foundation
import NNLayers

extension RunDirectory {
    /// The runs of a configuration that training can continue in, the newest first: those with a checkpoint of
    /// training, or at least a configuration to begin with.
    @_spi(Internal) public static func resumable(in root: URL, configuration: String) -> [RunDirectory] {
        all(in: root, configuration: configuration).filter { run in
            if run.has(.last) || !run.keptCheckpoints.isEmpty { return true }
            guard run.has(.best) else { return run.hasConfig }
            // Imported and quantized networks are no training.
            guard let best = Checkpoint.information(of: run.url(of: .best)) else { return true }
            return best.progress.step > 0 && best.quantization == nil
        }
    }

    /// Whether training has ended: all steps are trained and evaluated, or it stopped early. A checkpoint that cannot be
    /// read is something to be told of, and so it is not finished.
    /// - Parameter config: How long to train, which may be longer than when the run was started.
    @_spi(Internal) public func isFinished(_ config: ExperimentConfig) -> Bool {
        guard let progress = Checkpoint.information(of: url(of: .last))?.progress else { return false }
        let isTrained = config.iterations.map { progress.step >= $0 } ?? (progress.epoch >= config.epochs)
        if isTrained { return progress.evaluatedStep == progress.step }
        // It is that of an earlier end where training was continued since.
        return lastEnding.map { $0.ending == .stoppedEarly && $0.step == progress.step } ?? false
    }

    /// How training ended the last time, and after which step; nil where it did not, or the file cannot be read.
    private var lastEnding: (ending: TrainingSummary.Ending, step: Int)? {
        struct Summary: Decodable {
            struct Progress: Decodable { let step: Int }
            let ending: TrainingSummary.Ending
            let progress: Progress
        }
        guard let data = try? Data(contentsOf: summaryFile),
            let summary = try? JSONDecoder().decode(Summary.self, from: data)
        else { return nil }
        return (summary.ending, summary.progress.step)
    }

    /// The location of the result of training: `summary.json`.
    var summaryFile: URL { file("summary.json") }
}
