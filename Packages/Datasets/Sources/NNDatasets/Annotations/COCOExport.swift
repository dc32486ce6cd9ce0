import Foundation
@_spi(Text) import NNCore
import NNLayers
import Synchronization

/// Writes images with masks as annotations of COCO: the pixels of each class of an image as runs.
///
/// Ignored pixels become a crowd region, and a background, the class that is called so, is what no annotation covers, so
/// that ``AnnotationConversion`` gives the same masks back.
///
/// ```swift
/// let export = COCOExport()
/// try export.write(URL(filePath: "data/street"), to: URL(filePath: "data/street-coco"))
/// ```
public struct COCOExport: Sendable {
    /// The classes; nil, the default, for `classes.txt` beside the folders.
    public var classes: ClassListOption?
    /// What becomes of the files of images; by default they are copied.
    public var imageFiles = AnnotationConversion.ImageFiles.copy
    /// How images and masks are read, with the formats beside PNG and JPEG; by default none.
    public var imageReader = ImageReader()

    /// An export with the defaults of all options.
    public init() {}

    /// Writes `images` and `annotations/instances_SPLIT.json`; the folder appears when it is complete.
    /// - Parameters:
    ///   - source: A folder of `images/SPLIT` and `masks/SPLIT`.
    ///   - folder: A folder that does not exist or is empty.
    ///   - threads: The number of threads; by default that of the available cores.
    ///   - isCancelled: Asked before each image; the export ends with `CancellationError` once it is true.
    ///   - progress: Called after each image with the number of those done and of all, from several threads.
    /// - Throws: ``DatasetError`` or ``ImageError`` for folders, masks and classes that cannot be read.
    public func write(
        _ source: URL, to folder: URL, threads: Int = ThreadCount.availableCores,
        isCancelled: @Sendable () -> Bool = { false }, progress: @Sendable (Int, Int) -> Void = { _, _ in }
    ) throws -> COCOExportReport {
        let list = source.appending(path: "classes.txt")
        let classes = self.classes ?? .file(list.path)
        let splits = try Self.splits(of: source)
        let output = try FolderTransaction(folder)
        var report = COCOExportReport(splits: [], classes: [])
        for (split, name) in splits {
            let dataset = try MaskFolders(
                path: source.path, split: split, train: name, validation: name, test: name, classes: classes,
                reader: imageReader)
            let images = source.appending(path: "images/\(name)", directoryHint: .isDirectory)
            let lines = Mutex([Int: Lines]())
            let failure = Mutex<(any Error)?>(nil)
            ParallelScan.run(count: dataset.count, threads: threads, progress: { progress($0, dataset.count) }) {
                index in
                if failure.withLock({ $0 != nil }) { return }
                do {
                    if isCancelled() { throw CancellationError() }
                    let entry = try self.lines(of: dataset, index, images, split, output)
                    lines.withLock { $0[index] = entry }
                } catch {
                    failure.withLock { if $0 == nil { $0 = error } }
                }
            }
            if let error = failure.withLock({ $0 }) { throw error }
            let entries = lines.withLock { all in (0..<dataset.count).map { all[$0]! } }
            var id = 0
            let annotations = entries.flatMap(\.annotations).map { fields in
                id += 1
                return "{\"id\": \(id), \(fields)}"
            }
            let categories = Self.categories(dataset).map { label, name in
                "{\"id\": \(label), \"name\": \(JSONValue.quoted(name))}"
            }
            let text =
                "{\"images\": [\n\(entries.map(\.image).joined(separator: ",\n"))\n],\n"
                + "\"annotations\": [\n\(annotations.joined(separator: ",\n"))\n],\n"
                + "\"categories\": [\n\(categories.joined(separator: ",\n"))\n]}\n"
            try output.write("annotations/instances_\(split.rawValue).json", text)
            report.splits.append(
                .init(split: split, images: dataset.count, annotations: annotations.count))
            report.classes = Self.categories(dataset).map(\.name)
        }
        try output.commit()
        return report
    }

    /// The lines of one image.
    private struct Lines {
        let image: String
        let annotations: [String]
    }

    /// The splits that have a folder, with its name.
    private static func splits(of source: URL) throws(DatasetError) -> [(Split, String)] {
        let images = source.appending(path: "images", directoryHint: .isDirectory)
        try images.checkFolder(option: "images")
        let present = FolderContents(folder: images).folders
        var splits: [(Split, String)] = []
        for split in Split.allCases {
            guard let name = present.first(where: { Split(inName: $0) == split }) else { continue }
            splits.append((split, name))
        }
        if splits.isEmpty {
            throw DatasetError(
                place: images.path, reason: "it has no folder of a split",
                remedy: "Name the folders train, validation and test")
        }
        return splits
    }

    /// The classes that annotations are of, numbered from 1 behind a background and otherwise too.
    private static func categories(_ dataset: any Dataset) -> [(id: Int, name: String)] {
        let offset = background(dataset) == nil ? 1 : 0
        return dataset.classNames.enumerated().filter { $0.offset != background(dataset) }
            .map { ($0.offset + offset, $0.element) }
    }

    /// The first class, if it is called background.
    private static func background(_ dataset: any Dataset) -> Int? {
        dataset.classNames.first?.lowercased().filter { $0 != "_" } == "background" ? 0 : nil
    }

    private func lines(
        of dataset: MaskFolders, _ index: Int, _ images: URL, _ split: Split, _ output: FolderTransaction
    ) throws -> Lines {
        let sample = try dataset.sample(at: index)
        guard case .mask(let mask) = sample.target else { trap("COCOExport: a sample without a mask") }
        let file = URL(filePath: dataset.files(at: index)[0])
        let name = String(file.path.dropFirst(images.standardizedFileURL.path.count)).trimmingPrefix { $0 == "/" }
        let relative = String(name)
        try imageFiles.place(file, at: output.file("images/\(split.rawValue)/\(relative)"))
        let background = Self.background(dataset)
        let ignored = Int(AnnotationConversion.ignoredLabel)
        let present = mask.labelCounts(ignoring: nil).keys.sorted()
        let first = Self.categories(dataset).first?.id ?? 1
        let annotations = present.filter { $0 != background }.map { label in
            let runs = RunLengths(of: UInt8(label), in: mask)
            let category = label == ignored ? first : label + (background == nil ? 1 : 0)
            let (left, top, width, height) = runs.bounds
            return
                "\"image_id\": \(index + 1), \"category_id\": \(category), \"iscrowd\": \(label == ignored ? 1 : 0), "
                + "\"area\": \(runs.area), \"bbox\": [\(left), \(top), \(width), \(height)], "
                + "\"segmentation\": {\"size\": [\(mask.height), \(mask.width)], "
                + "\"counts\": \(JSONValue.quoted(runs.compressed))}"
        }
        let image =
            "{\"id\": \(index + 1), \"file_name\": \(JSONValue.quoted(relative)), "
            + "\"height\": \(mask.height), \"width\": \(mask.width)}"
        return Lines(image: image, annotations: annotations)
    }
}

/// What an export to COCO has written.
public struct COCOExportReport: Hashable, Sendable, Codable {
    /// The annotations of a split.
    public struct SplitCount: Hashable, Sendable, Codable {
        /// The split.
        public let split: Split
        /// The number of images.
        public let images: Int
        /// The number of annotations.
        public let annotations: Int
    }

    /// The splits that the folder has.
    public internal(set) var splits: [SplitCount]
    /// The names of the categories.
    public internal(set) var classes: [String]
}
