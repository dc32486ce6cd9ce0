import Foundation

/// Identifies the state of a data set's files, to detect changes.
@_spi(Internal) public struct DataFingerprint: Hashable, Sendable, Codable {
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
            // The state of a file with a million samples is that of each.
            for group in dataset.storageGroups {
                hash.add("\(group.path)\n\(Self.state(of: group.path)) \(group.samples) \(group.contentHash)")
                count += 1
            }
            if !dataset.storageGroups.isEmpty { continue }
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

    /// How many files or features of a data set are read for a fingerprint of its content.
    private static let readCount = 64

    /// Identifies the content of a data set wherever it lies: names below the common folder, sizes, classes and labels of
    /// all files, and the bytes of some.
    ///
    /// - Throws: ``ImageError`` for a sample whose label cannot be read.
    public init(contentOf dataset: any Dataset) throws {
        var hash = ContentHash()
        hash.add("\(dataset.count)")
        for name in dataset.classNames { hash.add(name) }
        let groups = dataset.storageGroups
        if !groups.isEmpty {
            let folder = Self.commonFolder(of: groups.lazy.map(\.path))
            for group in groups {
                hash.add("\(group.path.dropFirst(folder.count)) \(group.samples) \(group.contentHash)")
            }
            for index in stride(from: 0, to: dataset.count, by: max(dataset.count / Self.readCount, 1)) {
                try? dataset.bytes(ofFile: 0, at: index).withUnsafeBytes { hash.add($0) }
            }
            text = hash.text
            fileCount = groups.count
            return
        }
        let files = (0..<dataset.count).map { dataset.files(at: $0) }
        let folder = Self.commonFolder(of: files.joined())
        let stride = max(dataset.count / Self.readCount, 1)
        for (index, paths) in files.enumerated() {
            for path in paths {
                var status = stat()
                let size = stat(path, &status) == 0 ? Int(status.st_size) : -1
                hash.add("\(path.dropFirst(folder.count)) \(size)")
                if index % stride == 0, let bytes = try? FileBytes.read(path) {
                    bytes.withUnsafeBytes { hash.add($0) }
                }
            }
            if paths.count == 1 || index % stride == 0 { hash.add(try Self.labels(at: index, of: dataset, paths)) }
            if index % stride == 0 { dataset.features?.withRow(index) { hash.add($0) } }
        }
        text = hash.text
        fileCount = files.reduce(0) { $0 + $1.count }
    }

    /// The labels of a sample as text; nothing where its mask is a file, or where it must be generated.
    private static func labels(at index: Int, of dataset: any Dataset, _ files: [String]) throws -> String {
        if files.count > 1 || files.isEmpty && dataset.features == nil { return "" }
        if dataset.labelKind == .classes {
            return try dataset.labelCounts(at: index).keys.sorted().map(String.init).joined(separator: " ")
        }
        guard case .values(let values) = try dataset.target(at: index) else { return "" }
        return values.floats.map { "\($0)" }.joined(separator: " ")
    }

    /// The beginning that all paths have in common, up to a slash.
    private static func commonFolder(of paths: some Sequence<String>) -> String {
        var common: Substring?
        for path in paths {
            guard let known = common else {
                common = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
                continue
            }
            if path.hasPrefix(known) { continue }
            var shared = known.commonPrefix(with: path)[...]
            while let last = shared.last, last != "/" { shared = shared.dropLast() }
            common = Substring(shared)
        }
        return common.map(String.init) ?? ""
    }

    private static func state(of path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return "none" }
        return "\(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)"
    }
}
