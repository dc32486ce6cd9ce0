import Dispatch
import NNDatasets
import NNLayers
import NNTesting
import Synchronization

/// Checks what every data set has to meet.
///
/// - There are samples and classes; classes have names, all different, and a colour each; the ignored label is no class.
/// - A sample that is read twice, or on several threads, is the same, and has a name.
/// - All samples have a label, all have a mask or all have values of one shape, as `labelKind` says; labels are those of
///   classes or the ignored one; a mask has one channel and the size of its image; flags are 0, 1 or NaN, and there is a
///   flag or number for each name.
/// - What `labelCounts(at:)` and `target(at:)` give is what the sample contains.
/// - Precomputed features are finite and have a row for each sample, and `sample(at:)` throws.
///
/// - Parameter sampleLimit: How many samples are read, spread over all of them.
/// - Throws: `CheckFailure` with all findings.
/// - SeeAlso: ``checkDatasetSource(_:splits:sampleLimit:)``
public func checkDataset(_ dataset: any Dataset, sampleLimit: Int = 64) throws {
    var findings = Findings(String(describing: type(of: dataset)))
    checkClasses(of: dataset, &findings)
    findings.expect(dataset.count > 0, "it has no samples")
    let stride = max(1, dataset.count / max(sampleLimit, 1))
    let indices = Array(Swift.stride(from: 0, to: dataset.count, by: stride).prefix(sampleLimit))
    if let features = dataset.features {
        checkFeatures(features, of: dataset, indices, &findings)
    } else {
        checkSamples(of: dataset, indices, &findings)
    }
    try findings.check()
}

/// Checks a data set in each of its splits.
///
/// - Splits have the same classes, colours and ignored label, and the targets of the declared task.
/// - Each meets ``checkDataset(_:sampleLimit:)``.
///
/// - Parameters:
///   - splits: Those that there are.
///   - sampleLimit: How many samples of each split are read.
/// - Throws: `CheckFailure` with all findings, and what opening a split throws.
public func checkDatasetSource(
    _ source: any DatasetSource, splits: [Split] = Split.allCases, sampleLimit: Int = 64
) throws {
    var findings = Findings(String(describing: type(of: source)))
    var first: (any Dataset)?
    for split in splits {
        let dataset = try source.dataset(split)
        try findings.collect(split.rawValue) { try checkDataset(dataset, sampleLimit: sampleLimit) }
        let classes = first ?? dataset
        findings.expect(
            dataset.classNames == classes.classNames,
            "\(split.rawValue): its classes are \(dataset.classNames), those of another split \(classes.classNames)")
        findings.expect(
            dataset.ignoreIndex == classes.ignoreIndex && dataset.classColors == classes.classColors,
            "\(split.rawValue): its ignored label or colours differ from those of another split")
        if dataset.features == nil, dataset.count > 0, let sample = try? dataset.sample(at: 0) {
            let isDense = if case .mask = sample.target { true } else { false }
            findings.expect(
                isDense == source.task.isDense,
                "\(split.rawValue): targets are for \(isDense ? "segmentation" : "classification"), declared is "
                    + source.task.rawValue)
        }
        findings.expect(
            dataset.labelKind == source.task.labels,
            "\(split.rawValue): the labels are \(dataset.labelKind.noun), those of \(source.task.rawValue) are "
                + source.task.labels.noun)
        first = classes
    }
    try findings.check()
}

private func checkClasses(of dataset: any Dataset, _ findings: inout Findings) {
    let names = dataset.classNames
    findings.expect(!names.isEmpty, "it has no classes")
    findings.expect(!names.contains { $0.allSatisfy(\.isWhitespace) }, "a class has no name")
    let repeated = Dictionary(grouping: names) { $0 }.filter { $1.count > 1 }.keys.sorted()
    findings.expect(repeated.isEmpty, "several classes are called \(repeated.joined(separator: ", "))")
    findings.expect(
        dataset.classColors.count == names.count,
        "\(dataset.classColors.count) colours for \(names.count) classes")
    if let ignored = dataset.ignoreIndex {
        findings.expect(!names.indices.contains(ignored), "the ignored label \(ignored) is that of a class")
    }
}

private func checkFeatures(
    _ features: Tensor, of dataset: any Dataset, _ indices: [Int], _ findings: inout Findings
) {
    findings.expect(
        features.rank == 2 && features.shape[0] == dataset.count && features.dataType.isFloatingPoint,
        "its features are \(features.specification), not [\(dataset.count), C] in floating point")
    findings.expect(features.floats.allSatisfy(\.isFinite), "its features are not finite")
    for index in indices {
        if (try? dataset.sample(at: index)) != nil {
            findings.add("sample \(index) can be read, although there are features instead of images")
            break
        }
    }
    for index in indices {
        do {
            checkLabels(try dataset.labelCounts(at: index).keys, of: dataset, "sample \(index)", &findings)
        } catch {
            findings.add("the labels of sample \(index) cannot be read: \(error)")
        }
    }
}

private func checkSamples(of dataset: any Dataset, _ indices: [Int], _ findings: inout Findings) {
    var samples: [Int: Sample] = [:]
    var form: String?
    for index in indices {
        do {
            let sample = try dataset.sample(at: index)
            let again = try dataset.sample(at: index)
            findings.expect(isSame(sample, again), "sample \(index) is another one when it is read again")
            findings.expect(!sample.name.isEmpty, "sample \(index) has no name")
            findings.expect(
                dataset.files(at: index) == dataset.files(at: index), "the files of sample \(index) change")
            check(sample, of: dataset, "sample \(index)", &findings)
            let found = sample.target.form
            findings.expect(found == form ?? found, "some samples have \(form ?? "") and some \(found)")
            form = found
            findings.expect(
                try dataset.target(at: index) == sample.target,
                "the target of sample \(index) differs from the sample's")
            let counts = try dataset.labelCounts(at: index)
            let contained = labelCounts(of: sample, dataset)
            findings.expect(
                counts == contained,
                "the label counts of sample \(index) are \(counts), in the sample are \(contained)")
            samples[index] = sample
        } catch {
            findings.add("sample \(index) cannot be read: \(error)")
        }
    }
    let known = samples
    let different = Mutex<[Int]>([])
    DispatchQueue.concurrentPerform(iterations: indices.count) { position in
        let index = indices[position]
        guard let expected = known[index] else { return }
        if let found = try? dataset.sample(at: index), isSame(found, expected) { return }
        different.withLock { $0.append(index) }
    }
    let changed = different.withLock { $0.sorted() }
    findings.expect(changed.isEmpty, "samples \(changed) are others when several threads read")
}

extension Target {
    /// What kind of target it is.
    fileprivate var form: String {
        switch self {
        case .label: "a label"
        case .mask: "a mask"
        case .values(let values): "values of shape \(values.shape)"
        }
    }
}

private func check(_ sample: Sample, of dataset: any Dataset, _ subject: String, _ findings: inout Findings) {
    let hasValues = if case .values = sample.target { true } else { false }
    findings.expect(
        hasValues == (dataset.labelKind != .classes),
        "\(subject) has \(sample.target.form), and its labels are declared as \(dataset.labelKind.noun)")
    switch sample.target {
    case .values(let values):
        findings.expect(
            values.shape.rank != 1 || values.floats.count == dataset.classNames.count,
            "\(subject): \(values.floats.count) values for \(dataset.classNames.count) names")
        let wrong = values.floats.filter {
            $0.isInfinite || dataset.labelKind == .flags && $0 != 0 && $0 != 1 && !$0.isNaN
        }
        findings.expect(wrong.isEmpty, "\(subject): \(wrong) among its values")
    case .label(let label): checkLabels([label], of: dataset, subject, &findings)
    case .mask(let mask):
        findings.expect(
            mask.size == sample.image.size && mask.channels == 1,
            "\(subject): a mask of \(mask.size) pixels and \(mask.channels) channels for an image of "
                + "\(sample.image.size) pixels")
        checkLabels(Set(mask.pixels).map(Int.init), of: dataset, subject, &findings)
    }
}

private func checkLabels(
    _ labels: some Sequence<Int>, of dataset: any Dataset, _ subject: String, _ findings: inout Findings
) {
    let wrong = labels.filter { !dataset.classNames.indices.contains($0) && $0 != dataset.ignoreIndex }.sorted()
    findings.expect(
        wrong.isEmpty,
        "\(subject): labels \(wrong) of \(dataset.classNames.count) classes, "
            + "ignored is \(dataset.ignoreIndex.map(String.init) ?? "none")")
}

private func labelCounts(of sample: Sample, _ dataset: any Dataset) -> [Int: Int] {
    var counts: [Int: Int] = [:]
    switch sample.target {
    case .label(let label): counts[label] = 1
    case .mask(let mask): for pixel in mask.pixels { counts[Int(pixel), default: 0] += 1 }
    case .values(let values):
        guard dataset.labelKind == .flags else { return [:] }
        for index in values.floats.indices where values.floats[index] == 1 { counts[index] = 1 }
        return counts
    }
    if let ignored = dataset.ignoreIndex { counts[ignored] = nil }
    return counts
}

func isSame(_ one: Sample, _ other: Sample) -> Bool {
    one.image == other.image && one.target == other.target && one.name == other.name
}
