import NNDatasets
import Synchronization

/// The labels of a data set, counted once, when they are first asked for.
final class LabelTableCache: Sendable {
    private let dataset: any Dataset
    private let brokenSamples: BrokenSamplePolicy
    private let known = Mutex<LabelTable?>(nil)

    /// - Parameter brokenSamples: whether samples that cannot be read have no labels, or end it.
    init(_ dataset: any Dataset, brokenSamples: BrokenSamplePolicy) {
        self.dataset = dataset
        self.brokenSamples = brokenSamples
    }

    /// - Throws: What the data set throws for the first sample that cannot be read.
    func table() throws -> LabelTable {
        try known.withLock { known in
            if let known { return known }
            let table = try LabelTable(of: dataset, brokenSamples: brokenSamples)
            known = table
            return table
        }
    }
}
