import Foundation
import NNLayers
import Synchronization

/// How often each label occurs in each sample of a data set: once for the class of an image, or for each of its classes
/// in multi-label data, or a number of pixels in a mask.
public struct LabelTable: Sendable {
    /// A label of a sample.
    public struct Entry: Hashable, Sendable {
        /// The class index.
        public var label: Int
        /// The number of its pixels; 1 for the class of an image.
        public var count: Int
    }

    private var entries: [Entry] = []
    /// The end of each sample's entries.
    private var ends: [Int] = []

    /// The number of samples.
    public var count: Int { ends.count }

    /// The labels of a sample in ascending order.
    public subscript(sample: Int) -> ArraySlice<Entry> { entries[(sample == 0 ? 0 : ends[sample - 1])..<ends[sample]] }

    /// A table of known labels.
    /// - Parameter counts: How often each label occurs, for each sample.
    public init(_ counts: [[Int: Int]]) {
        for labels in counts {
            entries += labels.sorted { $0.key < $1.key }.map { Entry(label: $0.key, count: $0.value) }
            ends.append(entries.count)
        }
    }

    /// Counts the labels of a data set on several threads; it reads files only as far as needed.
    ///
    /// - Parameters:
    ///   - threads: The number of threads; by default that of the available cores.
    ///   - brokenSamples: Whether samples that cannot be read count as unlabelled, or fail.
    /// - Throws: What the data set throws for the first sample that cannot be read.
    public init(
        of dataset: any Dataset, threads: Int = ThreadCount.availableCores,
        brokenSamples: BrokenSamplePolicy = .fail
    ) throws {
        /// How many samples a thread counts at a time.
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
                        // Portions before this one are finished, so that the first failure is deterministic.
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

    /// How often each class occurs in all samples together; labels out of range do not count.
    public func totals(classCount: Int) -> [Int] {
        var totals = [Int](repeating: 0, count: classCount)
        for entry in entries where totals.indices.contains(entry.label) { totals[entry.label] += entry.count }
        return totals
    }

    /// For each class, the labels of all samples that contain it; labels out of range do not count.
    public func imageTotals(classCount: Int) -> [Int] {
        var totals = [Int](repeating: 0, count: classCount)
        for index in 0..<count {
            let known = self[index].filter { totals.indices.contains($0.label) && $0.count > 0 }
            let total = known.reduce(0) { $0 + $1.count }
            for entry in known { totals[entry.label] += total }
        }
        return totals
    }

    /// The indices of the samples that contain each class.
    func samplesOfClasses(_ classCount: Int, minimumCount: Int = 1) -> [[Int]] {
        var samples = [[Int]](repeating: [], count: classCount)
        for index in 0..<count {
            for entry in self[index] where samples.indices.contains(entry.label) && entry.count >= minimumCount {
                samples[entry.label].append(index)
            }
        }
        return samples
    }

    /// The indices of the samples without any label.
    var unlabelledSamples: [Int] { (0..<count).filter { self[$0].isEmpty } }

    /// Refuses samplers that count labels where there are none to count.
    static func checkClasses(of dataset: any Dataset, for sampler: String) throws(OptionError) {
        if dataset.labelKind == .values {
            throw OptionError(
                "type", "sampler '\(sampler)' draws by class, and the data set has numbers; use 'shuffle'")
        }
    }

    /// The error for data without a label of any class.
    static let noLabels = DatasetError(
        place: "data.sampler", reason: "no sample has a label that counts", remedy: "Choose 'shuffle', or add labels")
}
