import Foundation
import NNLayers

/// Text files that list images: on each line a path, a tab, and the index of the class.
///
/// Paths are relative to the file that lists them, and may hold spaces. Lines may end as on Windows;
/// empty ones do not count.
public struct MapFile: DatasetSource {
    /// What a configuration may say.
    public struct Options: ComponentOptions {
        /// The list of each split.
        public var train: String?
        public var validation: String?
        public var test: String?
        /// How many classes there are; nil where `classes` tells it.
        public var classCount: Int?
        /// The names of the classes; nil to number them.
        public var classes: [String]?

        public init() {}

        public func validate() throws {
            if train == nil && validation == nil && test == nil {
                throw OptionError("train", "must name the file that lists the training images")
            }
            guard let classCount = classCount ?? classes?.count, classCount > 0 else {
                throw OptionError("class_count", "must be the number of classes, unless 'classes' names them")
            }
            if classCount > 1_000_000 {
                throw OptionError("class_count", "must be at most 1000000, not \(classCount)")
            }
            if let classes, classes.count != classCount {
                throw OptionError("class_count", "is \(classCount), but 'classes' has \(classes.count) names")
            }
        }
    }

    public let task = PredictionTask.classification
    private let options: Options

    public init(_ options: Options) { self.options = options }

    public func dataset(_ split: Split) throws -> any Dataset {
        guard let path = split.choice(options.train, options.validation, options.test) else {
            throw DatasetError(
                place: "map_file", reason: "no list of images is given for the split '\(split.rawValue)'",
                remedy: "Set '\(split.rawValue)' to a map file")
        }
        let classNames = options.classes ?? (0..<(options.classCount ?? 0)).map(String.init)
        let file = URL(configured: path, isDirectory: false)
        return LabelledFiles(files: try Self.entries(of: file, classCount: classNames.count), classNames: classNames)
    }

    private static func entries(of file: URL, classCount: Int) throws -> [(path: String, label: Int)] {
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
                    "the label \(label) is not in 0...\(classCount - 1)", "Mend the label or the number of classes")
            }
            entries.append((folder.file(String(line[..<tab])).path, label))
        }
        if entries.isEmpty {
            throw DatasetError(place: file.path, reason: "it lists no images", remedy: "Add lines 'path TAB label'")
        }
        return entries
    }
}
