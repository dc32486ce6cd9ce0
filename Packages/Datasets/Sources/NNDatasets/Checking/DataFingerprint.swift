import Foundation

/// Identifies the state of a data set's files, to detect changes.
public struct DataFingerprint: Hashable, Sendable, Codable {
    /// A hash of the path, the size and the modification time of each file, and of the classes and labels.
    public let text: String
    /// The number of files; 0 for generated samples.
    public let fileCount: Int

    /// Takes the state of each file without reading it.
    ///
    /// - Throws: ``ImageError`` for a sample whose label cannot be read.
    public init(of datasets: [any Dataset]) throws {
        var hash = ContentHash()
        var count = 0
        for dataset in datasets {
            hash.add("\(dataset.count) \(dataset.ignoreIndex ?? -1)")
            for name in dataset.classNames + dataset.classColors.map(\.code) { hash.add(name) }
            for index in 0..<dataset.count {
                let files = dataset.files(at: index)
                for file in files { hash.add("\(file)\n\(Self.state(of: file))") }
                // A mask is a file itself; the class of an image may be stored in a list that no sample names.
                if files.count == 1, dataset.labelKind != .classes {
                    if case .values(let values) = try dataset.target(at: index) {
                        values.floats.withUnsafeBytes { hash.add($0) }
                    }
                } else if files.count == 1 {
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
