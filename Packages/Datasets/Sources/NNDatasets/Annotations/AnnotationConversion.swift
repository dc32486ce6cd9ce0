import Foundation
import NNLayers
import Synchronization

/// Converts annotations of objects into masks of classes, in the folders that ``MaskFolders`` reads.
///
/// ```swift
/// var conversion = AnnotationConversion()
/// try conversion.add(URL(filePath: "annotations/instances_train.json"), split: .train)
/// try conversion.add(URL(filePath: "annotations/instances_val.json"), split: .validation)
/// let report = try conversion.write(to: URL(filePath: "data/street"))
/// ```
///
/// Polygons and runs have the pixels that COCO's tools give them. What must not count in training, such as crowds, has
/// the label 255.
public struct AnnotationConversion: Sendable {
    /// What becomes of the files of images.
    public enum ImageFiles: String, Codable, CaseIterable, Sendable {
        /// They are copied.
        case copy
        /// They get a second name, which takes no space, on the same disk.
        case link
        /// They are referred to by symbolic links.
        case symlink
    }

    /// The class of pixels that belong to no object.
    public enum Background: Hashable, Sendable {
        /// A class `background` before all others; for panoptic annotations, which leave out nothing, none.
        case automatic
        /// A class of this name, before all others unless the annotations have it themselves.
        case named(String)
        /// None: such pixels are ignored.
        case none
    }

    /// What becomes of pixels that belong to objects of several classes; by default the last one is on top.
    public var overlaps = OverlapRule.order
    /// With `skip`, annotations with something wrong and images that are missing are left out and listed. By default
    /// `fail`.
    public var onError = BrokenSamplePolicy.fail
    /// The class of pixels without an object.
    public var background = Background.automatic
    /// The classes to keep, in this order; nil for all of the annotations.
    public var classes: ClassListOption?
    /// What becomes of the files of images; by default they are copied.
    public var imageFiles = ImageFiles.copy
    /// The share of the training images that is set aside for validation, from 0 to below 1; by default 0. Which ones
    /// follows from their names.
    public var validationShare = 0.0
    /// How images are read, with the formats beside PNG and JPEG; by default none. The converted masks are of images with
    /// this orientation.
    public var imageReader = ImageReader()

    private var sources: [(set: AnnotationSet, split: Split?)] = []

    /// The label of pixels that do not count.
    static let ignoredLabel: UInt8 = 255

    /// A conversion of nothing, with the defaults of all options.
    public init() {}

    /// Adds the annotations in a file or a folder.
    /// - Parameters:
    ///   - url: The file, or the folder of files of labelme.
    ///   - format: The format; nil, the default, to recognize it. Not `yolo` or `mask_folders`.
    ///   - split: The split of all images; nil, the default, for the one that the annotations state, or that the name
    ///     speaks of, or `train`.
    ///   - imageFolder: The folder of the images; nil, the default, to look for it around the annotations.
    /// - Throws: ``DatasetError`` with the file and the place, for what cannot be read.
    public mutating func add(
        _ url: URL, format: AnnotationFormat? = nil, split: Split? = nil, imageFolder: URL? = nil
    ) throws(DatasetError) {
        let format = if let format { format } else { try AnnotationFormat(of: url) }
        require(
            format != .yolo && format != .maskFolders,
            "AnnotationConversion: annotations of \(format.rawValue) are added by add(_: YOLODataset), or are masks")
        var set = try AnnotationSet(url, format, imageFolder: imageFolder)
        if let split {
            for index in set.images.indices { set.images[index].split = split }
        }
        sources.append((set, Split(inName: url.deletingPathExtension().lastPathComponent)))
    }

    /// Adds a data set of YOLO.
    /// - Throws: ``DatasetError`` with the file and the line, for what cannot be read.
    public mutating func add(_ dataset: YOLODataset) throws(DatasetError) {
        sources.append((try YOLOAnnotations(dataset: dataset, reader: imageReader).read(), nil))
    }

    /// Writes `images`, `masks` and `classes.txt`; the folder appears when it is complete.
    /// - Parameters:
    ///   - folder: A folder that does not exist or is empty.
    ///   - threads: The number of threads; by default that of the available cores.
    ///   - isCancelled: Asked before each image; the conversion ends with `CancellationError` once it is true.
    ///   - progress: Called after each image with the number of those done and of all, from several threads.
    /// - Throws: ``DatasetError`` or ``ImageError`` with the file and the annotation, for what cannot be converted.
    public func write(
        to folder: URL, threads: Int = ThreadCount.availableCores,
        isCancelled: @Sendable () -> Bool = { false }, progress: @Sendable (Int, Int) -> Void = { _, _ in }
    ) throws -> AnnotationReport {
        requireOptions("AnnotationConversion", check)
        let plan = try ConversionPlan(self, sources)
        let output = try FolderTransaction(folder)
        try output.write("classes.txt", plan.classText)
        let results = Mutex(AnnotationReport(plan))
        let failure = Mutex<(index: Int, error: any Error)?>(nil)
        ParallelScan.run(count: plan.images.count, threads: threads, progress: { progress($0, plan.images.count) }) {
            index in
            // The first failure by the order of the images is reported, whichever thread is faster.
            if failure.withLock({ $0.map { $0.index < index } ?? false }) { return }
            do {
                if isCancelled() { throw CancellationError() }
                let item = plan.images[index]
                do {
                    let result = try plan.convert(item, imageFiles, into: output)
                    results.withLock { $0.add(result, item, plan) }
                } catch  where onError == .skip && (error is DatasetError || error is ImageError) {
                    results.withLock { $0.addMissing(item, error) }
                }
            } catch {
                failure.withLock { if $0.map({ index < $0.index }) ?? true { $0 = (index, error) } }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure.error }
        let report = results.withLock { $0.finished }
        if report.splits.isEmpty {
            throw DatasetError(
                place: folder.path, reason: "no image is left to convert", remedy: "Check the messages before")
        }
        try output.commit()
        return report
    }

    private func check() throws(OptionError) {
        guard 0..<1 ~= validationShare else {
            throw OptionError("validation_share", "must be from 0 to below 1, not \(validationShare)")
        }
    }
}
