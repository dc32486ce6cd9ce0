import Foundation
import NNLayers

/// What a conversion of annotations has done.
public struct AnnotationReport: Hashable, Sendable, Codable {
    /// The images of a split.
    public struct SplitCount: Hashable, Sendable, Codable {
        /// The split.
        public let split: Split
        /// The number of images.
        public internal(set) var images: Int
        /// The number of images without any object.
        public internal(set) var withoutObjects: Int
    }

    /// How often a class occurs.
    public struct ClassCount: Hashable, Sendable, Codable {
        /// The name of the class.
        public let name: String
        /// The number of its objects.
        public internal(set) var objects: Int
        /// The number of its pixels in the masks.
        public internal(set) var pixels: Int
    }

    /// The splits that have images.
    public private(set) var splits: [SplitCount]
    /// The classes in the order of their indices.
    public private(set) var classes: [ClassCount]
    /// The number of regions that are ignored, such as crowds.
    public private(set) var ignoredRegions = 0
    /// The number of pixels that are ignored.
    public private(set) var ignoredPixels = 0
    /// The number of pixels of objects that an object of another class was painted over.
    public private(set) var coveredPixels = 0
    /// The number of annotations that were left out by kind: those without an area, and `class` for those of classes that
    /// are not wanted.
    public private(set) var leftOut: [String: Int] = [:]
    /// What is wrong with annotations and images that were left out, in the order of the images.
    public private(set) var problems: [String] = []

    /// The images of folders that are not read, such as `2 image files are not read: 1 .bmp, 1 .gif`; nil if there are none.
    public private(set) var unreadFiles: String?

    private var indexedProblems: [String: [String]] = [:]
    private var order: [String] = []

    private enum CodingKeys: CodingKey {
        case splits, classes, ignoredRegions, ignoredPixels, coveredPixels, leftOut, problems, unreadFiles
    }

    /// Nothing yet.
    init(_ plan: ConversionPlan) {
        splits = Split.allCases.map { SplitCount(split: $0, images: 0, withoutObjects: 0) }
        classes = plan.classes.map { ClassCount(name: $0.name, objects: 0, pixels: 0) }
        leftOut = plan.leftOut
        unreadFiles = plan.unread.text.map { text in plan.unread.example.map { "\(text), such as \($0)" } ?? text }
        order = plan.images.map { "\($0.split.rawValue)/\($0.image.name)" }
    }

    mutating func add(_ result: MaskPainter.Result, _ item: ConversionPlan.Item, _ plan: ConversionPlan) {
        let index = Split.allCases.firstIndex(of: item.split)!
        splits[index].images += 1
        if result.objects.values.allSatisfy({ $0 == 0 }) { splits[index].withoutObjects += 1 }
        for (number, count) in result.objects {
            if let label = plan.painters[item.painter].labels[number] { classes[Int(label)].objects += count }
        }
        for (label, count) in result.mask.labelCounts(ignoring: nil) {
            if classes.indices.contains(label) { classes[label].pixels += count } else { ignoredPixels += count }
        }
        ignoredRegions += result.ignoredRegions
        coveredPixels += result.covered
        if result.unlisted > 0 { leftOut["class", default: 0] += result.unlisted }
        if !result.broken.isEmpty {
            indexedProblems["\(item.split.rawValue)/\(item.image.name)"] = result.broken.map { "\($0)" }
        }
    }

    mutating func addMissing(_ item: ConversionPlan.Item, _ error: any Error) {
        indexedProblems["\(item.split.rawValue)/\(item.image.name)"] = ["\(error)"]
    }

    /// The report with its parts in their order.
    var finished: AnnotationReport {
        var report = self
        report.splits = splits.filter { $0.images > 0 }
        report.problems = order.flatMap { indexedProblems[$0] ?? [] }
        (report.indexedProblems, report.order) = ([:], [])
        return report
    }
}

/// A folder that appears under its name when it is complete.
final class FolderTransaction: Sendable {
    private let folder: URL
    private let temporary: URL

    /// - Throws: ``DatasetError`` where there is something already, or the folder cannot be written.
    init(_ folder: URL) throws(DatasetError) {
        self.folder = folder
        if folder.isExistingFile
            || folder.isExistingFolder
                && (try? FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty) != true
        {
            throw DatasetError(
                place: folder.path, reason: "it exists already, and nothing is overwritten",
                remedy: "Name a folder that does not exist, or is empty")
        }
        let name = ".\(folder.lastPathComponent).\(UUID().uuidString.prefix(8)).tmp"
        temporary = folder.deletingLastPathComponent().appending(path: name)
        do {
            try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
        } catch {
            throw DatasetError(
                place: folder.path, reason: "its folder cannot be written to", remedy: "Check the permissions")
        }
    }

    /// The address of a file in it; folders on the way are made.
    func file(_ path: String) throws(DatasetError) -> URL {
        let file = temporary.appending(path: path)
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        } catch {
            throw DatasetError(
                place: file.path, reason: "its folder cannot be made", remedy: "Make space, or rename the image")
        }
        return file
    }

    func write(_ path: String, _ text: String) throws {
        try AtomicFile.write(Data(text.utf8), to: file(path))
    }

    /// Puts the folder in its place.
    func commit() throws(DatasetError) {
        guard rename(temporary.path, folder.path) == 0 else {
            throw DatasetError(
                place: folder.path, reason: "it cannot be written: \(String(cString: strerror(errno)))",
                remedy: "Name a folder that does not exist")
        }
    }

    /// Removes what a failure left; after ``commit()`` there is nothing.
    deinit { try? FileManager.default.removeItem(at: temporary) }
}
