import Foundation
import NNLayers

/// The segmentation part of PASCAL VOC 2012 (Everingham et al. 2015): 20 kinds of objects and the background.
///
/// The masks of its test set are not published, so that the validation list serves for both.
///
/// ```swift
/// let train = try PascalVOC(path: "data/VOCdevkit/VOC2012", train: "train_aug")
/// ```
public struct PascalVOC: ForwardingDataset {
    let base: any Dataset

    /// The label of masks at borders, and for what was too difficult to label.
    private static let border = 255

    private static let names = [
        "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
        "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
    ]

    /// - Parameters:
    ///   - path: The folder `VOC2012`, which holds `JPEGImages`.
    ///   - split: The split to open.
    ///   - train: The list of each split in `ImageSets/Segmentation`, without `.txt`.
    ///   - masks: The folder of the masks. `SegmentationObject` is refused: its numbers are those of objects.
    ///   - borderClass: Whether the border around objects is a class of its own, the last of 22; otherwise it is
    ///     ignored.
    ///   - reader: How images are read: as RGB of 8 bits by default.
    /// - Throws: ``DatasetError`` for folders or files that are missing.
    public init(
        path: String, split: Split = .train, train: String = "train", validation: String = "val", test: String = "val",
        masks: String = "SegmentationClass", borderClass: Bool = false, reader: ImageReader = ImageReader()
    ) throws(DatasetError) {
        requireOptions("PascalVOC") { try Self.check(path: path, masks: masks) }
        let root = URL(configured: path, isDirectory: true)
        try root.checkFolder(option: "path")
        let list = split.choice(train: train, validation: validation, test: test)
        let file = root.appending(path: "ImageSets/Segmentation/\(list).txt")
        let lines = try TextLines(
            file, remedy: "Set 'path' to the folder VOC2012, or '\(split.rawValue)' to another list")
        let pairs = lines.map { line, _ in Self.pair(line, in: root, masks: masks) }
        if pairs.isEmpty {
            throw DatasetError(place: file.path, reason: "it lists no images", remedy: "Unpack the archive again")
        }
        var classes = ClassList(names: Self.names)
        guard borderClass else {
            base = try MaskedFiles(
                MaskedFiles.Listing(pairs: pairs), classes: classes, ignoreIndex: Self.border, imageReader: reader)
            return
        }
        let label = classes.count
        classes.names.append("border")
        classes.colors.append(Color(0xE0E0C0))
        // No pixel of a file is ignored then, but those that transforms add are.
        base = try MaskedFiles(
            MaskedFiles.Listing(pairs: pairs), classes: classes, ignoreIndex: Self.border,
            reader: IndexMaskReader(
                labels: (0..<256).map { $0 < label ? UInt8($0) : $0 == Self.border ? UInt8(label) : nil },
                expectation: "0 to \(label - 1), or \(Self.border) at borders"), imageReader: reader)
    }

    /// The files of a line: a name, the path of an image, or the paths of an image and its mask.
    private static func pair(_ line: String, in root: URL, masks: String) -> MaskedFiles.Pair {
        let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        func isPath(_ word: String) -> Bool { word.contains("/") || word.hasSuffix(".jpg") || word.hasSuffix(".png") }
        if words.count == 2, words.allSatisfy(isPath) {
            return MaskedFiles.Pair(image: root.file(words[0]), mask: root.file(words[1]))
        }
        // Lists of object classes have a second column.
        let first = words.first ?? ""
        let name = isPath(first) ? URL(filePath: first).deletingPathExtension().lastPathComponent : first
        return MaskedFiles.Pair(
            image: root.appending(path: "JPEGImages/\(name).jpg"), mask: root.appending(path: "\(masks)/\(name).png"))
    }

    fileprivate static func check(path: String, masks: String) throws(OptionError) {
        if path.isEmpty { throw OptionError("path", "must name the folder VOC2012, which holds JPEGImages") }
        if URL(filePath: masks).lastPathComponent.lowercased() == "segmentationobject" {
            throw OptionError(
                "masks",
                "must not be '\(masks)': its masks number the objects of each image, 1, 2 and so on, and these numbers are "
                    + "no classes; use SegmentationClass")
        }
    }
}

extension PascalVOC {
    /// Options of ``PascalVOC``.
    struct Options: ImageFileOptions {
        /// The folder `VOC2012`, which holds `JPEGImages`.
        var path = ""
        /// The list of the training split in `ImageSets/Segmentation`, without `.txt`.
        var train = "train"
        /// The list of the validation split.
        var validation = "val"
        /// The list of the test split.
        var test = "val"
        /// The folder of the masks. `SegmentationObject` is refused, since its masks number the objects of each image, and
        /// these numbers are no classes.
        var masks = "SegmentationClass"
        /// Whether the border around objects is a class of its own, the last of 22; otherwise it is ignored.
        var borderClass = false
        /// Whether the EXIF orientation of images is applied: `apply`, or `ignore` to leave them as they are stored.
        var orientation = OrientationPolicy.apply
        var task: PredictionTask { .segmentation }

        init() {}

        func validate() throws { try PascalVOC.check(path: path, masks: masks) }

        func dataset(_ split: Split, _ reader: ImageReader) throws -> any Dataset {
            try PascalVOC(
                path: path, split: split, train: train, validation: validation, test: test, masks: masks,
                borderClass: borderClass, reader: reader)
        }
    }
}
