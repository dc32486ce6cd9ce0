import Foundation
@_spi(Internal) import NNCore
@_spi(Internal) import NNInference
import NNLayers

/// The log of single steps: `steps.csv` in the folder of a run.
///
/// Its rows are the steps' own values and no means, so that a resumed run writes the same ones.
@_spi(Internal) public final class StepLog {
    /// What charts show of a step.
    public struct Row: Hashable, Sendable {
        /// The number of the epoch, from 1.
        public let epoch: Int
        /// The number of the step in the run, from 1.
        public let step: Int
        /// The mean loss of the step's batches.
        public let loss: Float
        /// The learning rate of the step.
        public let learningRate: Float
        /// The norm of the gradients before clipping; nil without clipping by norm.
        public let gradientNorm: Float?
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
        for (line, row) in Self.lines(of: url)
        where row.epoch <= progress.epoch || row.epoch == progress.epoch + 1 && row.step <= progress.step {
            rows.append(row)
            text += line + "\n"
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

    /// The rows of a run, read without changing its file; none if there is no file.
    static func rows(of run: RunDirectory) -> [Row] { lines(of: run.file("steps.csv")).map(\.row) }

    /// The complete lines of a file that are rows.
    private static func lines(of url: URL) -> [(line: Substring, row: Row)] {
        guard let data = try? Data(contentsOf: url) else { return [] }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        // What follows the last line end is a torn line, or nothing.
        return lines.dropFirst().dropLast().compactMap { line in row(line).map { (line, $0) } }
    }

    /// The row of a line; nil for a line of anything else.
    private static func row(_ line: Substring) -> Row? {
        let cells = line.split(separator: ",", omittingEmptySubsequences: false)
        guard cells.count == columns.count, let step = Int(cells[0]), let epoch = Int(cells[1]),
            let loss = Float(cells[2]), let learningRate = Float(cells[3])
        else { return nil }
        return Row(
            epoch: epoch, step: step, loss: loss, learningRate: learningRate, gradientNorm: Float(cells[4]))
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
                epoch: step.epoch, step: step.step, loss: Float(step.loss), learningRate: Float(step.learningRate),
                gradientNorm: step.gradientNorm.map { Float($0) }))
    }
}
