import Foundation
import NNLayers

/// The segmentation part of PASCAL VOC 2012 (Everingham et al. 2015): 20 kinds of objects and the background.
///
/// The masks of the test set are not published, so that the validation list serves for both.
public struct PascalVOC: DatasetSource {
    /// What a configuration may say.
    public struct Options: ComponentOptions {
        /// The folder `VOC2012`, which holds `JPEGImages`.
        public var path = ""
        /// The list of each split in `ImageSets/Segmentation`, without `.txt`.
        public var train = "train"
        public var validation = "val"
        public var test = "val"
        /// The folder of the masks.
        public var masks = "SegmentationClass"
        /// Makes the border around objects a class of its own, the last of 22; otherwise it is ignored.
        public var borderClass = false

        public init() {}

        public func validate() throws {
            if path.isEmpty { throw OptionError("path", "must name the folder VOC2012, which holds JPEGImages") }
        }
    }

    public let task = PredictionTask.segmentation
    private let options: Options

    /// What masks hold at borders, and at what was too difficult to label.
    private static let border = 255

    private static let names = [
        "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
        "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
    ]

    public init(_ options: Options) { self.options = options }

    public func dataset(_ split: Split) throws -> any Dataset {
        let root = URL(configured: options.path, isDirectory: true)
        try root.requireFolder(option: "path")
        let list = split.choice(options.train, options.validation, options.test)
        let file = root.appending(path: "ImageSets/Segmentation/\(list).txt")
        let lines = try TextLines(
            file, remedy: "Set 'path' to the folder VOC2012, or '\(split.rawValue)' to another list")
        let pairs = lines.map { line, _ in
            // Lists of object classes have a second column.
            let name = line.split(whereSeparator: \.isWhitespace).first ?? ""
            return MaskedFiles.Pair(
                image: root.appending(path: "JPEGImages/\(name).jpg"),
                mask: root.appending(path: "\(options.masks)/\(name).png"))
        }
        if pairs.isEmpty {
            throw DatasetError(place: file.path, reason: "it lists no pictures", remedy: "Unpack the archive again")
        }
        guard options.borderClass else {
            return try MaskedFiles(pairs: pairs, classes: ClassList(names: Self.names), ignoreIndex: Self.border)
        }
        var classes = ClassList(names: Self.names)
        let label = classes.count
        classes.names.append("border")
        classes.colors.append(Color(0xE0E0C0))
        // No pixel of a file is ignored then, but those that transforms add are.
        return try MaskedFiles(
            pairs: pairs, classes: classes, ignoreIndex: Self.border,
            reader: IndexMaskReader(
                labels: (0..<256).map { $0 < label ? UInt8($0) : $0 == Self.border ? UInt8(label) : nil },
                expectation: "0 to \(label - 1), or \(Self.border) at borders"))
    }
}
