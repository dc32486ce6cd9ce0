import NNDatasets
import NNInference
import NNLayers
@_spi(Internal) import NNTraining

/// The parts of a page that show the predictions of a run, sample by sample.
struct PredictionReport {
    /// The rules of style sheets that the parts need, once in a page. They use no variables of the page.
    static let style = ""
    /// The script that the parts need, once at the end of a page; without it they show all of it.
    static let script = ""

    /// The samples that were predicted.
    let split: Split
    /// The parts, from the scores of each class to the single images.
    let sections: [ReportSection]

    /// Predicts the samples of a split.
    /// - Parameters:
    ///   - run: The run with its checkpoint.
    ///   - registry: The components of its configuration.
    ///   - split: The split; nil for validation, or training where there is none.
    ///   - didFinishBatch: Called with the number of finished batches and that of all.
    /// - Throws: What opening or reading the data throws, `CheckpointError` for data that does not fit the run.
    init(
        _ run: TrainedRun, registry: Registry, split: Split? = nil,
        didFinishBatch: (_ done: Int, _ count: Int) throws -> Void = { _, _ in }
    ) throws {
        self.split = split ?? .validation
        sections = []
    }
}
