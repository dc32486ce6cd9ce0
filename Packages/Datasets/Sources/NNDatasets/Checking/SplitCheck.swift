import Dispatch
import Foundation
import NNLayers
import Synchronization

/// Reads all samples of a split and keeps a few numbers of each.
struct SplitCheck {
    private(set) var split: Split
    private(set) var dataset: any Dataset
    /// The findings about single samples, in their order.
    private(set) var findings: [Finding] = []
    /// The hash of each image; nil for one that cannot be read.
    private(set) var imageHashes: [UInt64?]
    /// The class of each image; nil for one with a mask.
    private(set) var labels: [Int?]
    /// The number of images or pixels of each label.
    private(set) var labelCounts: [Int: Int] = [:]
    private(set) var unusableCount = 0
    private var hasMasks = false
    private var traits: [ImageTraits]

    /// - Parameter progress: Called from several threads with the number of samples that were read.
    init(_ split: Split, _ dataset: any Dataset, threads: Int, progress: @Sendable (Int) -> Void) {
        self.split = split
        self.dataset = dataset
        let check = SampleCheck(dataset: dataset, split: split)
        imageHashes = Array(repeating: nil, count: dataset.count)
        labels = Array(repeating: nil, count: dataset.count)
        traits = Array(repeating: [], count: dataset.count)
        let state = Mutex(self)
        ParallelScan.run(count: dataset.count, threads: threads, progress: progress) { index in
            let facts = check(index)
            state.withLock { $0.add(facts, at: index) }
        }
        self = state.withLock { $0 }
        // Threads finish in any order.
        findings.sort { ($0.sample ?? 0) < ($1.sample ?? 0) }
    }

    private mutating func add(_ facts: SampleFacts, at index: Int) {
        findings += facts.findings
        imageHashes[index] = facts.imageHash
        labels[index] = facts.label
        traits[index] = facts.traits
        if !facts.isUsable { unusableCount += 1 }
        if facts.isUsable, facts.label == nil { hasMasks = true }
        labelCounts.merge(facts.labelCounts, uniquingKeysWith: +)
    }

    /// The path of a sample, or another name.
    func place(of index: Int) -> String { dataset.files(at: index).first ?? "sample \(index) of \(split.rawValue)" }

    /// The findings about all samples together.
    /// - Parameter labels: The labels that occur in any split.
    func summaryFindings(amongLabels labels: Set<Int>) -> [Finding] {
        unlabelled ?? (maskFindings(labels) + missingClasses + imbalance) + unusualImages
    }

    /// The finding for masks in which no pixel counts; nil if one does. Those of a test split may be kept secret.
    private var unlabelled: [Finding]? {
        guard hasMasks, let ignored = dataset.ignoreIndex, Set(labelCounts.keys) == [ignored] else { return nil }
        return [
            Finding(
                split == .test ? .note : .error, .missingClass, split, file: place(of: 0),
                "no pixel of any mask has a class: all are \(ignored), which is ignored",
                remedy: "Fix the masks, or the 'ignore_index' of the data set")
        ]
    }

    /// Masks of 0 and 255, of which 255 is ignored, would teach a single class.
    private func maskFindings(_ labels: Set<Int>) -> [Finding] {
        guard hasMasks, dataset.ignoreIndex == 255, dataset.classNames.count == 2,
            Set(labelCounts.keys) == [0, 255], labels == [0, 255]
        else { return [] }
        return [
            Finding(
                .error, .blackAndWhiteMask, split, file: dataset.files(at: 0).dropFirst().first ?? place(of: 0),
                "this mask and all others hold 0 and 255 only, black and white; 255 is ignored, so that no pixel "
                    + "has the class '\(dataset.classNames[1])'",
                remedy: Finding.blackAndWhiteRemedy)
        ]
    }

    private var missingClasses: [Finding] {
        guard split == .train, unusableCount < dataset.count else { return [] }
        let unit = hasMasks ? "pixel" : "image"
        return dataset.classNames.enumerated().filter { labelCounts[$0.offset, default: 0] == 0 }.map { label, name in
            Finding(
                .warning, .missingClass, split, file: "class \(label), '\(name)'", "no training \(unit) has it",
                remedy: "Add samples of it, or remove it from the classes")
        }
    }

    private var imbalance: [Finding] {
        let counts = dataset.classNames.enumerated().compactMap { label, name in
            labelCounts[label].map { (name: name, count: $0) }
        }
        guard split == .train, let most = counts.max(by: { $0.count < $1.count }),
            let least = counts.min(by: { $0.count < $1.count })
        else { return [] }
        // Masks are unbalanced by nature: the sky is larger than a pole.
        let (limit, unit) = hasMasks ? (1000, "pixels") : (100, "images")
        guard most.count / least.count >= limit else { return [] }
        return [
            Finding(
                .note, .imbalance, split, file: "class '\(least.name)'",
                "it has \(least.count) \(unit), '\(most.name)' \(most.count), \(most.count / least.count) times as many",
                remedy: "Weight the classes in the loss, or show rare ones more often")
        ]
    }

    /// One finding for each trait, not for each image: often all have it. An EXIF orientation is a note, but with masks,
    /// which are usually drawn over the rotated image, a warning.
    private var unusualImages: [Finding] {
        ImageTraits.descriptions.compactMap { trait, message, remedy in
            let indices = traits.indices.filter { traits[$0].contains(trait) }
            guard let first = indices.first else { return nil }
            let which =
                indices.count == 1
                ? "the image is" : "this and \(indices.count - 1) of the \(dataset.count) images are"
            return Finding(
                trait == .rotated && hasMasks ? .warning : .note, .unusualImage, split,
                sample: indices.count == 1 ? first : nil, file: place(of: first),
                "\(which) \(message)", remedy: remedy)
        }
    }
}

/// Visits samples on several threads.
enum ParallelScan {
    /// Calls `body` once for each index below `count`, in no particular order, and waits for all.
    /// - Parameter progress: Called after each with the number of those that are done.
    static func run(
        count: Int, threads: Int, progress: @Sendable (Int) -> Void = { _ in }, body: @Sendable (Int) -> Void
    ) {
        let next = Atomic(0)
        let done = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: max(min(threads, count), 1)) { _ in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                body(index)
                progress(done.add(1, ordering: .relaxed).newValue)
            }
        }
    }
}
