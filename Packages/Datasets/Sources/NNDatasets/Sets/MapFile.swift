import Foundation
import NNLayers

/// Images listed in a text file: on each line a path, a tab, and the index of the class.
///
/// Paths are relative to the file that lists them, and may contain spaces. Windows line ends are accepted; blank lines
/// are skipped.
///
/// ```swift
/// let train = try MapFile(path: "lists/train.txt", classes: ["cat", "dog"])
/// ```
public struct MapFile: ForwardingDataset {
    let base: any Dataset

    /// - Parameters:
    ///   - path: The text file, a line `path TAB label` for each image.
    ///   - classCount: The number of classes; nil for that of `classes`.
    ///   - classes: The names of the classes; nil to number them.
    ///   - reader: How files are read: as RGB of 8 bits by default.
    /// - Throws: ``DatasetError`` for a file that is missing, empty or has a line that cannot be used.
    public init(
        path: String, classCount: Int? = nil, classes: [String]? = nil, reader: ImageReader = ImageReader()
    ) throws(DatasetError) {
        requireOptions("MapFile") { try Self.check(classCount: classCount, classes: classes) }
        let classNames = classes ?? (0..<(classCount ?? 0)).map(String.init)
        let file = URL(configured: path, isDirectory: false)
        base = LabelledFiles(
            files: try Self.entries(of: file, classCount: classNames.count), classNames: classNames,
            imageReader: reader)
    }

    private static func entries(of file: URL, classCount: Int) throws(DatasetError) -> [(path: String, label: Int)] {
        let folder = file.deletingLastPathComponent()
        var entries: [(String, Int)] = []
        for (line, place) in try TextLines(file, remedy: "Name a file of lines 'path TAB label'") {
            func wrong(_ reason: String, _ remedy: String) -> DatasetError {
                DatasetError(place: place, reason: reason, remedy: remedy)
            }
            guard let tab = line.lastIndex(of: "\t"), tab > line.startIndex else {
                throw wrong("the line is not 'path TAB label'", "Put one tab between the path and the label")
            }
            let text = line[line.index(after: tab)...]
            guard let label = Int(text.trimmingCharacters(in: .whitespaces)) else {
                throw wrong("the label '\(text)' is not a whole number", "Write the index of the class")
            }
            guard 0..<classCount ~= label else {
                throw wrong(
                    "the label \(label) is not in 0...\(classCount - 1)", "Fix the label or the number of classes")
            }
            entries.append((folder.file(String(line[..<tab])).path, label))
        }
        if entries.isEmpty {
            throw DatasetError(place: file.path, reason: "it lists no images", remedy: "Add lines 'path TAB label'")
        }
        return entries
    }

    fileprivate static func check(classCount: Int?, classes: [String]?) throws(OptionError) {
        guard let count = classCount ?? classes?.count, count > 0 else {
            throw OptionError("class_count", "must be the number of classes, unless 'classes' names them")
        }
        if count > 1_000_000 { throw OptionError("class_count", "must be at most 1000000, not \(count)") }
        if let classes, classes.count != count {
            throw OptionError("class_count", "must be the number of 'classes', \(classes.count), not \(count)")
        }
    }
}

extension MapFile {
    /// Options of ``MapFile``, with a file for each split.
    struct Options: ImageFileOptions {
        /// The file that lists the training images.
        var train: String?
        /// The file that lists the validation images.
        var validation: String?
        /// The file that lists the test images.
        var test: String?
        /// The number of classes; nil for that of `classes`.
        var classCount: Int?
        /// The names of the classes; nil to number them.
        var classes: [String]?
        /// The number of channels: 3 for colours, 1 for grey, 4 with opacity; files of other bands must have as many.
        var channels = 3
        /// 8 to scale samples of 16 bits to 8, 16 to keep them; null for 8 with three channels and 16 with others.
        var bits: Int?
        /// Whether the EXIF orientation of images is applied: `apply`, or `ignore` to leave them as they are stored.
        var orientation = OrientationPolicy.apply
        /// The indices of the channels that are shown as red, green and blue; null for the first three.
        var viewChannels: [Int]?
        /// Whether JPEG files are decoded at a fraction of their size where the first transform makes images smaller, which
        /// is faster: `reduced`, or `full`.
        var decoding = DecodingPolicy.reduced
        var task: PredictionTask { .classification }
        var pathOptions: [String] { ["train", "validation", "test"] }

        init() {}

        func validate() throws {
            if train == nil && validation == nil && test == nil {
                throw OptionError("train", "must name the file that lists the training images")
            }
            try MapFile.check(classCount: classCount, classes: classes)
            try checkReading()
        }

        func dataset(_ split: Split, _ reader: ImageReader) throws -> any Dataset {
            guard let path = split.choice(train: train, validation: validation, test: test) else {
                throw DatasetError(
                    place: "map_file", reason: "no list of images is given for the split '\(split.rawValue)'",
                    remedy: "Set '\(split.rawValue)' to a map file, or \(DatasetError.divisionAdvice(split))")
            }
            return try MapFile(path: path, classCount: classCount, classes: classes, reader: reader)
        }
    }
}
