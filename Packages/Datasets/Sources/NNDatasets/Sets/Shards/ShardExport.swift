import Foundation
@_spi(Text) @_spi(Internal) import NNCore
import NNLayers
import Synchronization

/// Writes a data set as shards, which the data set ``Shards`` reads, as do WebDataset and `tar`.
///
/// Images keep the bytes of their files; generated ones become PNG. Masks keep them where they store class indices, and
/// are written anew otherwise. A key is the index of the sample in its data set with the name of its file.
///
/// ```swift
/// try ShardExport().write([.train: train, .validation: validation], to: URL(filePath: "data/cats-shards"))
/// ```
public struct ShardExport: Sendable {
    /// Where a shard ends.
    public enum Limit: Hashable, Sendable {
        /// After a number of samples.
        case samples(Int)
        /// Before it has more than a number of bytes, but for a single sample that does.
        case bytes(Int)
    }

    /// Where a shard ends: after 10,000 samples by default.
    public var limit = Limit.samples(10_000)
    /// Whether samples are shuffled, as by default, so that each shard has all classes.
    public var shuffles = true
    /// The seed of the order, by default 0.
    public var seed: UInt64 = 0
    /// Whether shards of the same splits that are there already are replaced; false by default.
    public var overwrites = false
    /// What becomes of samples that cannot be read: by default the export fails.
    public var brokenSamples = BrokenSamplePolicy.fail

    /// An export with the defaults of all options.
    public init() {}

    /// Writes `SPLIT-000000.tar` and so on, each with its index, and `classes.txt`. They appear when all are complete.
    /// - Parameters:
    ///   - datasets: The splits to write, with the same classes.
    ///   - folder: The folder; it is made.
    ///   - threads: The number of threads that read; by default that of the available cores.
    ///   - isCancelled: Asked before each sample; the export ends with `CancellationError` once it is true.
    ///   - progress: Called after each sample with the split, and the number of those done and of all.
    /// - Throws: ``DatasetError`` for data that shards cannot hold, and where there are shards already; ``ImageError``
    ///   for samples that cannot be read, and `TensorFileError` where nothing can be written, as on a full disk.
    @discardableResult
    public func write(
        _ datasets: [Split: any Dataset], to folder: URL, threads: Int = ThreadCount.availableCores,
        isCancelled: @Sendable () -> Bool = { false }, progress: @Sendable (Split, Int, Int) -> Void = { _, _, _ in }
    ) throws -> ShardReport {
        switch limit {
        case .samples(let count): require(count, .count, "ShardExport: samples")
        case .bytes(let count): require(count, .count, "ShardExport: bytes")
        }
        let splits = Split.allCases.filter { datasets[$0] != nil }
        let output = try ShardFolder(folder, splits: splits, overwrites: overwrites)
        var report = ShardReport()
        for split in splits {
            guard let dataset = datasets[split] else { continue }
            if report.classNames.isEmpty {
                report.classNames = dataset.classNames
                try output.writeClasses(of: dataset)
            }
            let part = try write(split, dataset, to: output, threads, isCancelled) {
                progress(split, $0, dataset.count)
            }
            report.splits.append(part.summary)
            report.problems += part.problems
            report.hasMasks = part.hasMasks
            report.ignoreIndex = dataset.ignoreIndex
        }
        try output.commit()
        return report
    }

    private func write(
        _ split: Split, _ dataset: any Dataset, to output: ShardFolder, _ threads: Int,
        _ isCancelled: @Sendable () -> Bool, progress: @Sendable (Int) -> Void
    ) throws -> (summary: ShardReport.SplitSummary, problems: [String], hasMasks: Bool) {
        try Self.checkKind(of: dataset, split)
        let key = RandomKey(seed: seed).derived("shards").derived(split.rawValue)
        let order = shuffles ? key.permutation(dataset.count) : Array(0..<dataset.count)
        let sampler = ShardSample.Reader(dataset: dataset)
        var (shards, samples, problems): ([ShardReport.Shard], Int, [String]) = ([], 0, [])
        var writer: ShardWriter?
        var hasMasks = false
        func close() throws {
            if let finished = try writer?.finish() { shards.append(finished) }
            writer = nil
        }
        // Several samples are read at once, and written in their order.
        let portion = max(4 * threads, 1)
        for start in stride(from: 0, to: order.count, by: portion) {
            let part = Array(order[start..<min(start + portion, order.count)])
            let results = Mutex([Result<ShardSample, any Error>?](repeating: nil, count: part.count))
            ParallelScan.run(count: part.count, threads: threads) { number in
                let result = Result {
                    if isCancelled() { throw CancellationError() }
                    return try sampler.sample(at: part[number])
                }
                results.withLock { $0[number] = result }
            }
            for result in results.withLock({ $0 }) {
                let sample: ShardSample
                do {
                    guard let read = try result?.get() else { continue }
                    sample = read
                } catch let error as ImageError where brokenSamples == .skip {
                    problems.append("\(error)")
                    continue
                }
                if let open = writer, isFull(open, before: sample) { try close() }
                if writer == nil {
                    let name = "\(split.rawValue)-\(Self.digits(shards.count, 6)).tar"
                    writer = try ShardWriter(output.file(name), hasMasks: sample.label.isMask)
                }
                hasMasks = sample.label.isMask
                try writer?.add(sample)
                samples += 1
            }
            progress(start + part.count)
        }
        try close()
        if samples == 0 {
            throw DatasetError(place: split.rawValue, reason: "it has no samples", remedy: "Choose other splits")
        }
        return (.init(split: split, samples: samples, shards: shards), problems, hasMasks)
    }

    private func isFull(_ writer: ShardWriter, before sample: ShardSample) -> Bool {
        switch limit {
        case .samples(let count): writer.sampleCount >= count
        case .bytes(let count): writer.byteCount + sample.byteCount > count
        }
    }

    /// Shards have images with a class or a mask each.
    private static func checkKind(of dataset: any Dataset, _ split: Split) throws(DatasetError) {
        guard dataset.labelKind == .classes, dataset.features == nil else {
            throw DatasetError(
                place: split.rawValue,
                reason: dataset.features != nil
                    ? "the data set has features, and shards hold images"
                    : "the data set has \(dataset.labelKind.noun), and shards hold a class or a mask for each image",
                remedy: "Keep such data in its own form")
        }
    }

    /// A number with leading zeros.
    static func digits(_ number: Int, _ width: Int, radix: Int = 10) -> String {
        let text = String(number, radix: radix)
        return String(repeating: "0", count: max(width - text.count, 0)) + text
    }
}

/// What an export has written.
public struct ShardReport: Hashable, Sendable, Codable {
    /// A file.
    public struct Shard: Hashable, Sendable, Codable {
        /// The name of the file.
        public let name: String
        /// The number of samples.
        public let samples: Int
        /// The number of bytes.
        public let bytes: Int
    }

    /// The shards of a split.
    public struct SplitSummary: Hashable, Sendable, Codable {
        /// The split.
        public let split: Split
        /// The number of samples.
        public let samples: Int
        /// The files, in order.
        public let shards: [Shard]
    }

    /// The splits that were written.
    public internal(set) var splits: [SplitSummary] = []
    /// The classes.
    public internal(set) var classNames: [String] = []
    /// Whether the labels are masks.
    public internal(set) var hasMasks = false
    /// The label of ignored pixels; nil where every pixel counts, and without masks.
    public internal(set) var ignoreIndex: Int?
    /// The samples that were left out, with the reasons.
    public internal(set) var problems: [String] = []
}

/// The folder of an export. Files are written into a hidden folder within it, and moved up when all are complete.
private final class ShardFolder: Sendable {
    private let folder: URL
    private let temporary: URL
    /// What is replaced.
    private let earlier: [String]

    /// - Throws: ``DatasetError`` where there are shards already, or the folder cannot be written.
    init(_ folder: URL, splits: [Split], overwrites: Bool) throws(DatasetError) {
        self.folder = folder
        if folder.isExistingFile {
            throw DatasetError(place: folder.path, reason: "it is a file", remedy: "Name a folder")
        }
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
        let shards = names.filter { $0.hasSuffix(".tar") }
        if let first = shards.first, !overwrites {
            throw DatasetError(
                place: folder.path, reason: "it has shards already, such as \(first)",
                remedy: "Name another folder, or add --overwrite to replace those of the same splits")
        }
        earlier = names.filter { name in
            splits.contains { name.hasPrefix("\($0.rawValue)-") }
                && (name.hasSuffix(".tar") || name.hasSuffix(".tar.index"))
        }
        temporary = folder.appending(path: ".shards.\(UUID().uuidString.prefix(8)).tmp", directoryHint: .isDirectory)
        do {
            try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
        } catch {
            throw DatasetError(
                place: folder.path, reason: "it cannot be made or written to",
                remedy: "Check the path, the permissions and the space of the disk")
        }
    }

    func file(_ name: String) -> URL { temporary.appending(path: name) }

    /// Writes the classes in the form in which ``ClassListOption`` reads them.
    func writeClasses(of dataset: any Dataset) throws {
        let colors = dataset.statesColors ? dataset.classColors.map { " \($0.code)" } : []
        let lines = dataset.classNames.enumerated().map { $1 + (colors.isEmpty ? "" : colors[$0]) + "\n" }
        let list = file("classes.txt")
        try AtomicFile.write(Data(lines.joined().utf8), to: list)
        let names = try? ClassListOption.file(list.path).classes().list.names
        guard let names, names == dataset.classNames else {
            let wrong = zip(dataset.classNames, names ?? []).first { $0 != $1 }?.0 ?? dataset.classNames.first ?? ""
            throw DatasetError(
                place: "classes", reason: "a list of them cannot be read again, because of names such as '\(wrong)'",
                remedy: "Rename the class")
        }
    }

    /// Puts all files in their places.
    func commit() throws(DatasetError) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: temporary.path)) ?? []
        for name in earlier where !names.contains(name) { unlink(folder.appending(path: name).path) }
        for name in names.sorted() {
            guard rename(file(name).path, folder.appending(path: name).path) == 0 else {
                throw DatasetError(
                    place: folder.appending(path: name).path,
                    reason: "it cannot be written: \(String(cString: strerror(errno)))", remedy: "Check the folder")
            }
        }
    }

    /// Removes what a failure left; after ``commit()`` the hidden folder is empty.
    deinit { try? FileManager.default.removeItem(at: temporary) }
}
