import Foundation
import NNLayers

/// Reads all samples of a data set and reports what would spoil training.
///
/// It finds files that cannot be read, masks that do not fit their images, labels out of range, classes without samples,
/// and images that several splits share. No image is kept in memory.
///
/// ```swift
/// let report = DataCheck().run { try ClassFolders(path: "data/cats", split: $0) }
/// for finding in report.findings(of: .error) { print(finding) }
/// ```
public struct DataCheck: Sendable {
    /// The progress of a check.
    public struct Progress: Sendable {
        /// The split that is read.
        public let split: Split
        /// The number of samples that were read.
        public let done: Int
        /// The number of samples of the split.
        public let total: Int
    }

    /// The splits to check, in this order; all by default. A missing test split is no more than a note.
    public var splits: [Split] = Split.allCases
    /// With `skip`, files that cannot be read are warnings, as loading skips them. By default `fail`.
    public var brokenSamples = BrokenSamplePolicy.fail
    /// The transforms of the splits, which the sizes of all images are carried through; none by default.
    public var transforms: [Split: [any Transform]] = [:]
    /// The splits whose images must get one size, since they share batches; none by default.
    public var batchedSplits: Set<Split> = []
    /// The number of threads; by default that of the available cores.
    public var threads = ThreadCount.availableCores

    /// How many different sizes of a split a report has.
    private static let keptSizes = 64

    /// A check of all splits.
    public init() {}

    /// Reads all samples.
    /// - Parameters:
    ///   - progress: Called after each sample, from several threads.
    ///   - dataset: Opens a split; errors become findings.
    public func run(
        progress: @Sendable (Progress) -> Void = { _ in }, dataset: (Split) throws -> any Dataset
    ) -> DataCheckReport {
        var report = DataCheckReport()
        var (checks, failures): ([SplitCheck], [Split: Finding]) = ([], [:])
        var unread: [Split: UnreadFiles] = [:]
        for split in splits {
            do {
                let dataset = try dataset(split)
                unread[split] = dataset.unreadFiles
                let total = dataset.count
                if total == 0 { throw DatasetError.noSamples(split) }
                let check = SplitCheck(
                    split, dataset, transforms: transforms[split] ?? [], isBatched: batchedSplits.contains(split),
                    threads: threads
                ) {
                    progress(Progress(split: split, done: $0, total: total))
                }
                report.splits.append(
                    .init(
                        split: split, samples: total, unusable: check.unusableCount,
                        sizes: Array(check.sizes.ranges.prefix(Self.keptSizes))))
                checks.append(check)
            } catch {
                failures[split] = Self.finding(of: error, split)
            }
        }
        let labels = Set(checks.flatMap(\.labelCounts.keys))
        for split in splits {
            report.findings += failures[split].map { [$0] } ?? []
            for check in checks where check.split == split {
                report.findings += check.findings + check.summaryFindings(amongLabels: labels)
            }
        }
        report.findings += RepeatedImages(checks).findings() + Self.findings(of: unread)
        report.findings += PaletteFacts.findings(checks) + SplitComparison(checks).findings()
        if brokenSamples == .skip {
            for index in report.findings.indices where report.findings[index].kind == .unreadable {
                report.findings[index].severity = .warning
            }
        }
        return report
    }

    /// One note about the images of all splits that are not read.
    private static func findings(of unread: [Split: UnreadFiles]) -> [Finding] {
        var all = UnreadFiles()
        for files in Set(unread.values) { all.add(files) }
        guard let text = all.text, let example = all.example,
            let split = Split.allCases.first(where: { (unread[$0]?.count ?? 0) > 0 })
        else { return [] }
        return [
            Finding(
                .note, .unreadFiles, split, file: example, text,
                remedy: "Convert, rename or move them if they belong to the data set")
        ]
    }

    /// The finding for a split that cannot be opened. A test split is optional.
    private static func finding(of error: any Error, _ split: Split) -> Finding {
        let severity: Finding.Severity = split == .test ? .note : .error
        let known = error as? DatasetError
        return Finding(
            severity, .unusableSplit, split, file: known?.place ?? split.rawValue,
            "the \(split.rawValue) split cannot be used: \(known?.reason ?? "\(error)")",
            remedy: known?.remedy ?? "Fix the data set")
    }
}

extension DatasetError {
    fileprivate static func noSamples(_ split: Split) -> DatasetError {
        DatasetError(place: split.rawValue, reason: "it has no samples", remedy: "Add images")
    }
}

/// The findings of a ``DataCheck``, in an order that depends on nothing but the data.
public struct DataCheckReport: Hashable, Sendable, Codable {
    /// The size of a split.
    public struct SplitSummary: Hashable, Sendable, Codable {
        /// The split.
        public let split: Split
        /// The number of samples.
        public let samples: Int
        /// The number of samples that cannot be used.
        public let unusable: Int
        /// The different sizes of images after the transforms, at most 64.
        public let sizes: [SizeRange]
    }

    /// The splits that could be opened.
    public internal(set) var splits: [SplitSummary] = []
    /// The findings by split and sample; those about several samples come last.
    public internal(set) var findings: [Finding] = []

    /// The number of findings of a severity.
    public func count(of severity: Finding.Severity) -> Int { findings.count { $0.severity == severity } }

    /// The findings of a severity.
    public func findings(of severity: Finding.Severity) -> [Finding] { findings.filter { $0.severity == severity } }
}
