import Foundation
import NNLayers
import Synchronization

/// How often each label occurs in each sample of a data set: the class of a picture once, or pixels of a mask.
public struct LabelTable: Sendable {
    /// A label of a sample.
    public struct Entry: Hashable, Sendable {
        public var label: Int
        /// How many pixels of the sample have it; 1 for the class of a whole picture.
        public var count: Int
    }

    private var entries: [Entry] = []
    /// Where the entries of each sample end.
    private var ends: [Int] = []

    /// The number of samples.
    public var count: Int { ends.count }

    /// The labels of a sample in rising order.
    public subscript(sample: Int) -> ArraySlice<Entry> { entries[(sample == 0 ? 0 : ends[sample - 1])..<ends[sample]] }

    /// The table of labels that are known.
    /// - Parameter counts: how often each label occurs, for each sample.
    public init(_ counts: [[Int: Int]]) {
        for labels in counts {
            entries += labels.sorted { $0.key < $1.key }.map { Entry(label: $0.key, count: $0.value) }
            ends.append(entries.count)
        }
    }

    /// Counts the labels of all samples on several threads, reading files as far as that is needed.
    ///
    /// - Parameter brokenSamples: whether samples that cannot be read have no labels, or end it.
    /// - Throws: What the data set throws for the first sample that cannot be read.
    public init(
        of dataset: any Dataset, threads: Int = ThreadCount.availableCores,
        brokenSamples: BrokenSamplePolicy = .fail
    ) throws {
        /// Samples of which one thread counts all before it takes the next.
        let portion = 64
        let portions = (dataset.count + portion - 1) / portion
        let state = Mutex((next: 0, counts: [[[Int: Int]]](repeating: [], count: portions)))
        let failures = Mutex<[Int: any Error]>([:])
        DispatchQueue.concurrentPerform(iterations: min(max(threads, 1), max(portions, 1))) { _ in
            while let number = state.withLock({ state in
                defer { state.next += 1 }
                return state.next < portions ? state.next : nil
            }) {
                var counts: [[Int: Int]] = []
                for index in number * portion..<min((number + 1) * portion, dataset.count) {
                    do {
                        counts.append(try dataset.labelCounts(at: index))
                    } catch {
                        counts.append([:])
                        guard brokenSamples == .fail else { continue }
                        failures.withLock { $0[index] = error }
                        // Portions before this one are finished, so that the first failure is always the same.
                        state.withLock { $0.next = portions }
                        return
                    }
                }
                state.withLock { $0.counts[number] = counts }
            }
        }
        if let first = failures.withLock({ $0.min { $0.key < $1.key } }) { throw first.value }
        self.init(state.withLock { Array($0.counts.joined()) })
    }

    /// How often each class occurs in all samples together.
    public func totals(classCount: Int) -> [Int] {
        var totals = [Int](repeating: 0, count: classCount)
        for entry in entries where totals.indices.contains(entry.label) { totals[entry.label] += entry.count }
        return totals
    }

    /// The samples in which each class occurs.
    func samplesOfClasses(_ classCount: Int, minimumCount: Int = 1) -> [[Int]] {
        var samples = [[Int]](repeating: [], count: classCount)
        for index in 0..<count {
            for entry in self[index] where samples.indices.contains(entry.label) && entry.count >= minimumCount {
                samples[entry.label].append(index)
            }
        }
        return samples
    }

    /// The error where no sample has a label of a class.
    static let noLabels = DatasetError(
        place: "data.sampler", reason: "no sample has a label that counts", remedy: "Choose 'shuffle', or add labels")
}
