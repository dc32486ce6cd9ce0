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
    /// The class or the values of each image; nil for one with a mask.
    private(set) var labels: [Target?]
    /// The number of images or pixels of each label.
    private(set) var labelCounts: [Int: Int] = [:]
    private(set) var unusableCount = 0
    private var hasMasks = false
    private(set) var traits: [ImageTraits]
    private(set) var sizes: SizeFacts
    private(set) var palettes = PaletteFacts()
    /// Of each of several values: how many are known, and their range.
    private var knownCounts: [Int]
    private var lowest: [Float]
    private var highest: [Float]

    /// - Parameters:
    ///   - transforms: Those that the sizes of images are carried through.
    ///   - isBatched: Whether all images must get one size.
    ///   - progress: Called from several threads with the number of samples that were read.
    init(
        _ split: Split, _ dataset: any Dataset, transforms: [any Transform] = [], isBatched: Bool = false, threads: Int,
        progress: @Sendable (Int) -> Void
    ) {
        self.split = split
        self.dataset = dataset
        let check = SampleCheck(dataset: dataset, split: split, transforms: transforms)
        sizes = SizeFacts(transforms: transforms, isBatched: isBatched)
        imageHashes = Array(repeating: nil, count: dataset.count)
        labels = Array(repeating: nil, count: dataset.count)
        traits = Array(repeating: [], count: dataset.count)
        knownCounts = Array(repeating: 0, count: dataset.classNames.count)
        lowest = Array(repeating: .infinity, count: dataset.classNames.count)
        highest = Array(repeating: -.infinity, count: dataset.classNames.count)
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
        let isMask = if case .mask = facts.target { true } else { false }
        labels[index] = isMask ? nil : facts.target
        traits[index] = facts.traits
        sizes.add(facts, at: index)
        palettes.add(facts.palette, at: index)
        if !facts.isUsable { unusableCount += 1 }
        if facts.isUsable, isMask { hasMasks = true }
        if case .values(let values) = facts.target { add(values) }
        labelCounts.merge(facts.labelCounts, uniquingKeysWith: +)
    }

    private mutating func add(_ values: TargetValues) {
        guard values.floats.count == dataset.classNames.count else { return }
        for (index, value) in values.floats.enumerated() where !value.isNaN {
            knownCounts[index] += 1
            lowest[index] = min(lowest[index], value)
            highest[index] = max(highest[index], value)
        }
    }

    /// The path of a sample, or another name.
    func place(of index: Int) -> String { dataset.files(at: index).first ?? "sample \(index) of \(split.rawValue)" }

    /// The findings about all samples together.
    /// - Parameter labels: The labels that occur in any split.
    func summaryFindings(amongLabels labels: Set<Int>) -> [Finding] {
        (unlabelled ?? (maskFindings(labels) + missingClasses + imbalance + constantValues)) + unusualImages
            + sizes.findings(split, file: place)
    }

    /// Values of which nothing can be learned: none is known, or all are equal. For flags that is a class that every
    /// image has, as one that no image has is a missing class.
    private var constantValues: [Finding] {
        guard split == .train, dataset.labelKind != .classes, unusableCount < dataset.count else { return [] }
        return dataset.classNames.indices.compactMap { index in
            let isFlag = dataset.labelKind == .flags
            let name = "\(isFlag ? "class" : "value") \(index), '\(dataset.classNames[index])'"
            if knownCounts[index] == 0 {
                // A class without a positive label is reported as missing already.
                return isFlag
                    ? nil
                    : Finding(
                        .warning, .missingClass, split, file: name, "no training image has it",
                        remedy: "Add values, or leave the column out")
            }
            guard lowest[index] == highest[index], !isFlag || lowest[index] == 1 else { return nil }
            return Finding(
                .warning, .imbalance, split, file: name,
                isFlag ? "every training image has it" : "all training images have the value \(lowest[index])",
                remedy: "Add other samples, or leave it out: nothing can be learned of it")
        }
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
        guard split == .train, unusableCount < dataset.count, dataset.labelKind != .values else { return [] }
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

    /// One finding for each trait, not for each image: often all have it. An EXIF orientation that is not applied is a
    /// note, but with masks, which are usually drawn over the rotated image, a warning; so is one that does not exist.
    private var unusualImages: [Finding] {
        let reader = dataset.imageReader
        return ImageTraits.descriptions(reader).compactMap { trait, message, remedy in
            let indices = traits.indices.filter { traits[$0].contains(trait) }
            guard let first = indices.first else { return nil }
            let which =
                indices.count == 1
                ? "the image is" : "this and \(indices.count - 1) of the \(dataset.count) images are"
            return Finding(
                trait == .rotated && hasMasks && reader.orientation == .ignore || trait == .wrongOrientation
                    ? .warning : .note, .unusualImage, split,
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
