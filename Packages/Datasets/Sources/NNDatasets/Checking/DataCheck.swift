import Foundation
import NNLayers

/// Reads all samples of a data set, and tells what would keep training from success.
///
/// Found are files that cannot be read, masks that do not fit their pictures, labels that no class has,
/// classes without a sample, and pictures that two splits share. No picture is kept in memory.
///
/// ```swift
/// let report = DataCheck().run { try source.dataset($0) }
/// for finding in report.findings(of: .error) { print(finding) }
/// ```
public struct DataCheck: Sendable {
    /// How many samples of how many were read, of which split.
    public struct Progress: Sendable {
        public let split: Split
        public let done: Int
        public let total: Int
    }

    /// What is checked, in this order. Without a test split there is a note at most.
    public var splits: [Split] = Split.allCases
    /// With `skip`, files that cannot be read are warnings, since loading goes on without them.
    public var brokenSamples = BrokenSamplePolicy.fail
    /// How many threads read.
    public var threads = ThreadCount.availableCores

    public init() {}

    /// Reads everything.
    /// - Parameters:
    ///   - progress: is called after each sample, from several threads.
    ///   - dataset: the samples of a split; what it throws is a finding.
    public func run(
        progress: @Sendable (Progress) -> Void = { _ in }, dataset: (Split) throws -> any Dataset
    ) -> DataCheckReport {
        var report = DataCheckReport()
        var (checks, failures): ([SplitCheck], [Split: Finding]) = ([], [:])
        for split in splits {
            do {
                let dataset = try dataset(split)
                let total = dataset.count
                if total == 0 { throw DatasetError.noSamples(split) }
                let check = SplitCheck(split, dataset, threads: threads) {
                    progress(Progress(split: split, done: $0, total: total))
                }
                report.splits.append(.init(split: split, samples: total, unusable: check.unusableCount))
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
        report.findings += RepeatedImages(checks).findings()
        if brokenSamples == .skip {
            for index in report.findings.indices where report.findings[index].kind == .unreadable {
                report.findings[index].severity = .warning
            }
        }
        return report
    }

    /// A data set need not have a test split.
    private static func finding(of error: any Error, _ split: Split) -> Finding {
        let severity: Finding.Severity = split == .test ? .note : .error
        let known = error as? DatasetError
        return Finding(
            severity, .unusableSplit, split, file: known?.place ?? split.rawValue,
            "the \(split.rawValue) split cannot be used: \(known?.reason ?? "\(error)")",
            remedy: known?.remedy ?? "Mend the data set")
    }
}

extension DatasetError {
    fileprivate static func noSamples(_ split: Split) -> DatasetError {
        DatasetError(place: split.rawValue, reason: "it has no samples", remedy: "Add pictures")
    }
}

/// What a check of the data found, in an order that depends on the data only.
public struct DataCheckReport: Hashable, Sendable, Codable {
    /// How much of a split was read.
    public struct SplitSummary: Hashable, Sendable, Codable {
        public let split: Split
        /// The number of samples.
        public let samples: Int
        /// How many of them cannot be used.
        public let unusable: Int
    }

    /// The splits that could be read.
    public internal(set) var splits: [SplitSummary] = []
    /// By split and sample; what is about several samples comes after them.
    public internal(set) var findings: [Finding] = []

    /// How many findings are of a severity.
    public func count(of severity: Finding.Severity) -> Int { findings.count { $0.severity == severity } }

    /// The findings of a severity.
    public func findings(of severity: Finding.Severity) -> [Finding] { findings.filter { $0.severity == severity } }
}
