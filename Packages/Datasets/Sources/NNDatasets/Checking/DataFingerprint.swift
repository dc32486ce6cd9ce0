import Foundation

/// Tells whether the files of a data set are still those that were looked at before.
public struct DataFingerprint: Hashable, Sendable, Codable {
    /// A hash of the path, the size and the time of change of each file, and of the classes and labels.
    public let text: String
    /// How many files the samples are read from; 0 where they are made.
    public let fileCount: Int

    /// Looks at each file without reading it.
    ///
    /// - Throws: `ImageError` where the label of a sample cannot be told.
    public init(of datasets: [any Dataset]) throws {
        var hash = ContentHash()
        var count = 0
        for dataset in datasets {
            hash.add("\(dataset.count) \(dataset.ignoreIndex ?? -1)")
            for name in dataset.classNames + dataset.classColors.map(\.code) { hash.add(name) }
            for index in 0..<dataset.count {
                let files = dataset.files(at: index)
                for file in files { hash.add("\(file)\n\(Self.state(of: file))") }
                // A mask is a file itself; the class of a picture may stand in a list that no sample names.
                if files.count == 1 {
                    hash.add(try dataset.labelCounts(at: index).keys.sorted().map(String.init).joined(separator: " "))
                }
                count += files.count
            }
        }
        text = hash.text
        fileCount = count
    }

    private static func state(of path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return "none" }
        return "\(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)"
    }
}
