import Foundation
@_spi(Internal) import NNCore
@_spi(Internal) import NNInference
import NNLayers

/// The log of single steps: `steps.csv` in the folder of a run.
///
/// Its rows are the steps' own values and no means, so that a resumed run writes the same ones.
final class StepLog {
    /// What charts show of a step.
    struct Row: Hashable {
        let epoch: Int
        let step: Int
        let loss: Float
        let learningRate: Float
    }

    /// The rows so far.
    private(set) var rows: [Row] = []
    private let url: URL
    private let file: FileHandle

    private static let columns = [
        "step", "epoch", "loss", "learning_rate", "gradient_norm", "seconds", "data_wait_seconds",
    ]

    /// Opens the log of a run, or creates it.
    /// - Parameter progress: Where the run is resumed: the rows of later steps, which will be repeated, are removed. The steps
    ///   of earlier epochs may have been counted otherwise, by another number of processes.
    /// - Throws: ``RunError`` if it cannot be read or written.
    init(_ url: URL, from progress: TrainingProgress) throws(RunError) {
        self.url = url
        var text = CSV.line(Self.columns) + "\n"
        if let earlier = try? Data(contentsOf: url) {
            // What follows the last line end is a torn line, or nothing.
            for line in String(decoding: earlier, as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false
            )
            .dropFirst().dropLast() {
                guard let row = Self.row(line),
                    row.epoch <= progress.epoch || row.epoch == progress.epoch + 1 && row.step <= progress.step
                else { continue }
                rows.append(row)
                text += line + "\n"
            }
        }
        try RunError.write(text, to: url)
        do {
            file = try FileHandle(forWritingTo: url)
            try file.seekToEnd()
        } catch {
            throw RunError("cannot write '\(url.path)': \(SystemError.text(of: error))")
        }
    }

    deinit { try? file.close() }

    /// The row of a line; nil for a line of anything else.
    private static func row(_ line: Substring) -> Row? {
        let cells = line.split(separator: ",", omittingEmptySubsequences: false)
        guard cells.count == columns.count, let step = Int(cells[0]), let epoch = Int(cells[1]),
            let loss = Float(cells[2]), let learningRate = Float(cells[3])
        else { return nil }
        return Row(epoch: epoch, step: step, loss: loss, learningRate: learningRate)
    }

    /// Appends a step.
    /// - Throws: ``RunError`` if it cannot be written, as on a full disk.
    func append(_ step: StepRecord) throws(RunError) {
        let numbers = [step.loss, step.learningRate, step.gradientNorm, step.time.total, step.time.waitingForData]
        let line = CSV.line(["\(step.step)", "\(step.epoch)"] + numbers.map { number in number.map { "\($0)" } ?? "" })
        do {
            // Not forced to the disk: a row that is lost with the machine is one of a step that is repeated.
            try file.write(contentsOf: Data((line + "\n").utf8))
        } catch {
            throw RunError("cannot write '\(url.path)': \(SystemError.text(of: error))")
        }
        rows.append(
            Row(
                epoch: step.epoch, step: step.step, loss: Float(step.loss), learningRate: Float(step.learningRate)))
    }
}
