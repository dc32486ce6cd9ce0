import Foundation
@_spi(Internal) import NNDatasets
@_spi(Text) import NNLayers
@_spi(Internal) import NNTraining

/// Checks the training and validation data before training, and refuses to start on an error.
struct DataGate {
    let experiment: Experiment
    /// The folder of all runs, where the result is cached.
    let runs: URL
    let console: Console

    /// For each kind of finding.
    private static let shownFindings = 5

    /// Checks the data, unless it is generated and not read from files.
    /// - Returns: What was found; nil for generated data.
    /// - Throws: `CommandFailure` if the data has errors, after reporting them.
    @discardableResult
    func pass() throws -> DataCheckReport? {
        let start = ContinuousClock.now
        let datasets = try experiment.trainingSplits.map { try experiment.dataset($0) }
        console.report(unreadBy: datasets)
        let fingerprint = try DataFingerprint(of: datasets)
        guard fingerprint.fileCount > 0 else { return nil }
        let cache = DataCheckCache(in: runs, for: experiment.config.data, fingerprint: fingerprint)
        let report = try cache.report ?? check()
        console.clearStatus()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        if seconds > 1 { console.report("data checked in \(TimeText.clock(seconds: seconds))") }
        let errors = report.count(of: .error)
        let shown = report.findings(of: errors > 0 ? .error : .warning)
        let list = FindingList(findings: shown, limit: Self.shownFindings, hint: "'nn data check' shows more")
        for line in list.lines { console.report(line) }
        guard errors == 0 else {
            let unreadable = report.findings.contains { $0.severity == .error && $0.kind == .unreadable }
            console.report(
                "training does not start: \(report.totals) in the data. 'nn data check' shows all, --skip-data-check "
                    + "trains anyway" + (unreadable ? ", data.on_error=skip without the broken files" : ""))
            throw CommandFailure()
        }
        try proveSizes(of: report)
        cache.keep(report)
        return report
    }

    /// Proves that the network takes images of the sizes that were found.
    /// - Throws: `ConfigError` for the first size that does not fit.
    func proveSizes(of report: DataCheckReport) throws {
        for split in report.splits {
            try experiment.proveSizes(split.sizes.flatMap { $0.isFixed ? [$0.smallest] : [$0.smallest, $0.largest] })
        }
    }

    private func check() throws -> DataCheckReport {
        var check = try DataCheck(of: experiment)
        check.splits = experiment.trainingSplits
        let progress = ScanProgress("check data:", console: console)
        return check.run(progress: { progress.show($0.split.rawValue, done: $0.done, total: $0.total) }) {
            try experiment.dataset($0)
        }
    }
}

/// Caches the result of a data check, so that unchanged files are not read again: `RUNS/.data-check/HASH.json`, one
/// file for each data set as configurations name it.
struct DataCheckCache {
    private struct Entry: Codable {
        let fingerprint: DataFingerprint
        let report: DataCheckReport
    }

    let file: URL
    private let fingerprint: DataFingerprint

    /// - Parameters:
    ///   - runs: The folder of all runs.
    ///   - data: The data set, its transforms, and what to do with broken samples.
    ///   - fingerprint: The current fingerprint of the files.
    init(in runs: URL, for data: DataConfig, fingerprint: DataFingerprint) {
        var hash = ContentHash()
        hash.add(data.dataset.node.flowText)
        hash.add(data.onError.rawValue)
        // Sizes are carried through the transforms.
        for component in data.trainTransforms + data.validationTransforms { hash.add(component.node.flowText) }
        hash.add("\(data.trainTransforms.count) \(data.batchSize) \(data.validation)")
        // Paths of data sets may be relative to the working directory.
        hash.add(FileManager.default.currentDirectoryPath)
        hash.add(NN.version)
        file = runs.appending(path: ".data-check/\(hash.text).json")
        self.fingerprint = fingerprint
    }

    /// The result for the files as they are now; nil if they have not been checked.
    var report: DataCheckReport? {
        guard let data = try? Data(contentsOf: file), let entry = try? JSONDecoder().decode(Entry.self, from: data),
            entry.fingerprint == fingerprint
        else { return nil }
        return entry.report
    }

    /// Stores a report in place of the previous one. If that fails, the data is read again the next time.
    func keep(_ report: DataCheckReport) {
        try? FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try? AtomicFile.write(JSONEncoder().encode(Entry(fingerprint: fingerprint, report: report)), to: file)
    }
}

extension DataCheck {
    /// A check of the data of an experiment, as its transforms and batches take it.
    /// - Throws: `ConfigError` for wrong transforms, or `DatasetError`.
    init(of experiment: Experiment) throws {
        self.init()
        let data = experiment.config.data
        brokenSamples = data.onError
        for split in Split.allCases { transforms[split] = try experiment.transforms(of: split) }
        if data.batchSize > 1 { batchedSplits = [.train] }
    }
}
