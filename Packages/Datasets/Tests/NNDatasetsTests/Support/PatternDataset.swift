import NNDatasets
import NNLayers
import Synchronization

/// Small pictures, each different, that counts how often it is asked.
final class PatternDataset: Dataset {
    let count: Int
    let classNames: [String]
    let ignoreIndex: Int?
    private let reads = Mutex<[Int: Int]>([:])
    private let change: @Sendable (Sample, Int) throws -> Sample

    /// - Parameter change: what is returned in place of a sample.
    init(
        count: Int, classCount: Int = 10, ignoreIndex: Int? = nil,
        change: @escaping @Sendable (Sample, Int) throws -> Sample = { sample, _ in sample }
    ) {
        self.count = count
        classNames = (0..<classCount).map { "class \($0)" }
        self.ignoreIndex = ignoreIndex
        self.change = change
    }

    /// How often each sample was asked for.
    var readCounts: [Int: Int] { reads.withLock { $0 } }

    func sample(at index: Int) throws -> Sample {
        reads.withLock { $0[index, default: 0] += 1 }
        let image = Image.patterned(Size(height: 6, width: 5), seed: index)
        let label = Target.label(index % classNames.count)
        return try change(Sample(image: image, target: label, name: "pattern \(index)"), index)
    }
}
