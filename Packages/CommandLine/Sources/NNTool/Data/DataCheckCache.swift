import NNDatasets
import Foundation
import NNLayers
import NNTraining

/// Remembers what a check of data found, so that files that did not change are not read again:
/// `RUNS/.data-check/HASH.json`, one file for each way in which configurations name data.
struct DataCheckCache {
    private struct Entry: Codable {
        let fingerprint: DataFingerprint
        let report: DataCheckReport
    }

    let file: URL
    private let fingerprint: DataFingerprint

    /// - Parameters:
    ///   - runs: The folder of all runs.
    ///   - fingerprint: That of the files at present.
    init(in runs: URL, for data: DataConfig, fingerprint: DataFingerprint) {
        var hash = ContentHash()
        hash.add(data.dataset.flowText)
        hash.add(data.onError.rawValue)
        // Data sets may be named by a path that is relative to the working directory.
        hash.add(FileManager.default.currentDirectoryPath)
        hash.add(NN.version)
        file = runs.appending(path: ".data-check/\(hash.text).json")
        self.fingerprint = fingerprint
    }

    /// What was found when the files were as they are now; nil where they never were looked at so.
    var report: DataCheckReport? {
        guard let data = try? Data(contentsOf: file), let entry = try? JSONDecoder().decode(Entry.self, from: data),
            entry.fingerprint == fingerprint
        else { return nil }
        return entry.report
    }

    /// Keeps a report in place of the one before. Where that fails the data is read again the next time.
    func keep(_ report: DataCheckReport) {
        try? FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try? JSONEncoder().encode(Entry(fingerprint: fingerprint, report: report)).write(to: file, options: .atomic)
    }
}
