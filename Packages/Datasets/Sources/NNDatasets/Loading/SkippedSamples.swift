import NNLayers
import Synchronization

/// How samples that cannot be read or transformed are handled.
public enum BrokenSamplePolicy: String, Sendable, Codable, CaseIterable {
    /// Loading fails with the error.
    case fail
    /// Others of the epoch take their place, drawn at random by the seed, the epoch and the sample, until more than half of
    /// the samples of an epoch, and at least 64, are unusable, or 64 that were drawn for one of them. Evaluation counts the
    /// others once, see ``Batch/standIns``. ``DataLoader/skipped`` lists the unusable ones.
    case skip
}

/// A sample that could not be used.
public struct SkippedSample: Sendable, Hashable {
    /// The index in the data set.
    public let index: Int
    /// The paths of its files, the image before the mask; empty for generated samples.
    public let files: [String]
    /// Why it could not be used, with the path of the file that is at fault.
    public let reason: String
    /// The epoch in which that was found, from 0 on.
    public let epoch: Int
}

/// The samples that could not be used so far.
final class SkippedSamples: Sendable {
    /// How many samples are drawn in the place of an unusable one. Where nine of ten cannot be used, as many fail in one
    /// draw of a thousand.
    static let standInCount = 64
    /// Fewer unusable samples may be more than half of a data set.
    static let toleratedCount = 64

    private struct State {
        var list: [SkippedSample] = []
        var indices: Set<Int> = []
    }

    private let state = Mutex(State())

    /// In the order in which they were found.
    var list: [SkippedSample] { state.withLock { $0.list } }

    /// Adds a sample, once.
    /// - Returns: The number of samples.
    func insert(_ index: Int, of dataset: any Dataset, reason: String, epoch: Int) -> Int {
        state.withLock { state in
            if state.indices.insert(index).inserted {
                state.list.append(
                    SkippedSample(index: index, files: dataset.files(at: index), reason: reason, epoch: epoch))
            }
            return state.list.count
        }
    }

    /// The error of data of which too little can be used.
    func failure(_ reason: String, of dataset: any Dataset) -> DatasetError {
        let first = list.first
        return DatasetError(
            place: first?.files.first ?? "sample \(first?.index ?? 0)",
            reason: "\(reason); the first error was: \(first?.reason ?? "")",
            remedy: "Fix the data or the transforms; 'nn data check' lists what is wrong with all of them")
    }
}
