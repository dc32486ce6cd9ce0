import Foundation
import NNDatasets
import NNInference
import NNLayers
@_spi(Internal) import NNTraining

/// What a comparison shows of one run.
public struct ComparedRun: Sendable {
    /// Scores that were measured anew, on the same samples for all runs.
    public struct Evaluation: Sendable {
        /// The samples.
        public var split: Split
        /// The number of samples.
        public var sampleCount: Int
        /// The loss and the metrics.
        public var scores: [MetricValue]

        /// Scores of the samples of a split.
        public init(split: Split, sampleCount: Int, scores: [MetricValue]) {
            self.split = split
            self.sampleCount = sampleCount
            self.scores = scores.map { $0.on(split) }
        }
    }

    /// The folder of the run.
    public let directory: RunDirectory
    /// The shortest name that distinguishes it from the other runs.
    public internal(set) var name: String
    /// The number of trainable and frozen parameters; nil before training has ended for the first time, unless it is set.
    public var parameterCount: Int?
    /// The number of finished epochs.
    public let epochs: Int
    /// The epoch with the best score; nil before the first evaluation.
    public let bestEpoch: Int?
    /// The name of the score that decides which epoch is the best, such as `validation_top1`.
    public let bestMetric: String?
    /// The scores of the last evaluation, with their splits.
    public let final: [MetricValue]
    /// The scores of the best epoch.
    public let best: [MetricValue]
    /// Seconds of training and validation in total; nil before the first evaluation.
    public let seconds: Double?
    /// The checkpoint that is evaluated and predicts; the best one by default.
    public var checkpoint = RunDirectory.CheckpointName.best
    /// Scores that were measured anew; none by default.
    public var evaluation: Evaluation?
    /// The names of the classes or outputs.
    let classNames: [String]
    /// The configuration as it was trained with.
    let config: ConfigNode
    let logs: RunLogs

    /// Reads the records of a run, which are left as they are.
    /// - Throws: `ConfigError` or `RunError` for records that cannot be read.
    init(_ directory: RunDirectory) throws {
        self.directory = directory
        name = directory.url.lastPathComponent
        guard directory.hasConfig else {
            throw RunError("'\(directory.url.path)' has no config.yaml, so it is no run folder; name one of nn train")
        }
        config = try ConfigLoader.load(directory.configFile.path)
        logs = try RunLogs(directory)
        // The summary is that of the last end; training may have gone on since.
        let progress = directory.progress(at: .last) ?? logs.summary?.progress ?? directory.progress(at: .best)
        parameterCount = logs.summary?.parameterCount
        epochs = progress?.epoch ?? 0
        bestEpoch = progress?.best?.bestEpoch
        bestMetric = progress?.best?.metric
        final = logs.rows.last?.scores ?? progress?.scores ?? []
        best = logs.rows.last { [bestEpoch] in $0.epoch == bestEpoch }?.scores ?? []
        seconds = logs.rows.isEmpty ? nil : Self.times(of: logs.rows).last
        let list = (try? String(contentsOf: directory.file("classes.txt"), encoding: .utf8)) ?? ""
        classNames = list.split(separator: "\n").map(String.init)
    }

    /// Seconds of training and validation until each row.
    static func times(of rows: [LogRow]) -> [Double] {
        var total = 0.0
        return rows.map { row in
            for name in ["seconds", "evaluation_seconds"] {
                if let seconds = row[name], seconds.isFinite { total += seconds }
            }
            return total
        }
    }
}

/// Names of runs.
enum RunNames {
    /// The shortest names that tell folders apart: the ends of their paths, without times of starts where they can be
    /// without them.
    static func distinguishing(_ urls: [URL]) -> [String] {
        let paths = urls.map { $0.standardizedFileURL.pathComponents.filter { $0 != "/" } }
        let short = paths.map { path in
            let named = path.filter { !isTime($0) }
            return named.isEmpty ? path : named
        }
        // A time alone says little where the runs have different names, too.
        let first = Set(short.map(\.last)).count > 1 ? 2 : 1
        for (parts, start) in [(short, 1), (paths, first)] {
            for count in start...max(parts.map(\.count).max() ?? 1, start) {
                let names = parts.map { $0.suffix(count).joined(separator: "/") }
                if Set(names).count == names.count { return names }
            }
        }
        return urls.map(\.path)
    }

    private static func isTime(_ name: String) -> Bool {
        name.wholeMatch(of: /\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d(-\d+)?/) != nil
    }
}
