import Datasets
import Synchronization

/// The labels of a data set, counted once, when they are first asked for.
final class LabelTableCache: Sendable {
    private let dataset: any Dataset
    private let known = Mutex<LabelTable?>(nil)

    init(_ dataset: any Dataset) { self.dataset = dataset }

    /// - Throws: What the data set throws for the first sample that cannot be read.
    func table() throws -> LabelTable {
        try known.withLock { known in
            if let known { return known }
            let table = try LabelTable(of: dataset)
            known = table
            return table
        }
    }
}
