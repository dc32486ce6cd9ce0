import Foundation
import NNLayers

/// Cityscapes (Cordts et al. 2016): street scenes of 2048x1024 pixels, with the 19 classes that are evaluated.
///
/// The masks of its test set are not published, so that the validation split serves for both.
///
/// ```swift
/// let train = try Cityscapes(path: "data/cityscapes")
/// ```
public struct Cityscapes: ForwardingDataset {
    /// The two kinds of mask files.
    public enum Labels: String, Codable, CaseIterable, Sendable {
        /// `..._labelIds.png`, as published: 34 numbers, of which 19 are classes and the others ignored.
        case labelIDs = "label_ids"
        /// `..._labelTrainIds.png`, as written by the authors' scripts: 0 to 18, and 255 for ignored pixels.
        case trainIDs = "train_ids"

        fileprivate var fileSuffix: String { self == .labelIDs ? "labelIds" : "labelTrainIds" }
    }

    let base: any Dataset

    private static let ignoredLabel: UInt8 = 255

    /// The number of label ids in files.
    private static let labelIDCount = 34

    /// The classes with their label ids.
    private static let table: [(name: String, labelID: Int, color: UInt32)] = [
        ("road", 7, 0x804080), ("sidewalk", 8, 0xF423E8), ("building", 11, 0x464646), ("wall", 12, 0x66669C),
        ("fence", 13, 0xBE9999), ("pole", 17, 0x999999), ("traffic light", 19, 0xFAAA1E),
        ("traffic sign", 20, 0xDCDC00), ("vegetation", 21, 0x6B8E23), ("terrain", 22, 0x98FB98),
        ("sky", 23, 0x4682B4), ("person", 24, 0xDC143C), ("rider", 25, 0xFF0000), ("car", 26, 0x00008E),
        ("truck", 27, 0x000046), ("bus", 28, 0x003C64), ("train", 31, 0x005064), ("motorcycle", 32, 0x0000E6),
        ("bicycle", 33, 0x770B20),
    ]

    /// - Parameters:
    ///   - path: The folder of `leftImg8bit` and `gtFine`.
    ///   - split: The split to open.
    ///   - train: The folder of each split in both.
    ///   - masks: The folder of the masks: `gtFine` or `gtCoarse`.
    ///   - labels: Which mask files are read.
    ///   - reader: How images are read: as RGB of 8 bits by default.
    /// - Throws: ``DatasetError`` for folders or files that are missing.
    public init(
        path: String, split: Split = .train, train: String = "train", validation: String = "val", test: String = "val",
        masks: String = "gtFine", labels: Labels = .labelIDs, reader: ImageReader = ImageReader()
    ) throws(DatasetError) {
        requireOptions("Cityscapes") { try Self.check(path: path) }
        let root = URL(configured: path, isDirectory: true)
        try root.checkFolder(option: "path")
        let name = split.choice(train: train, validation: validation, test: test)
        let pairing = FolderPairing(
            images: root.appending(path: "leftImg8bit/\(name)", directoryHint: .isDirectory),
            masks: root.appending(path: "\(masks)/\(name)", directoryHint: .isDirectory),
            imageSuffix: "_leftImg8bit", maskSuffix: "_\(masks)_\(labels.fileSuffix)", reader: reader)
        try pairing.images.checkFolder(option: split.rawValue)
        try pairing.masks.checkFolder(option: split.rawValue)
        base = try MaskedFiles(
            pairing.files(), classes: ClassList(Self.table.map { ($0.name, $0.color) }),
            ignoreIndex: Int(Self.ignoredLabel), reader: Self.reader(of: labels), imageReader: reader)
    }

    private static func reader(of labels: Labels) -> IndexMaskReader {
        guard labels == .labelIDs else {
            return IndexMaskReader(classCount: table.count, ignoreIndex: Int(ignoredLabel))
        }
        var mapping = [UInt8?](repeating: ignoredLabel, count: labelIDCount)
        for (label, entry) in table.enumerated() { mapping[entry.labelID] = UInt8(label) }
        // The licence plates of cars have the id -1, which is 255 in a byte.
        mapping += [UInt8?](repeating: nil, count: 255 - mapping.count) + [ignoredLabel]
        return IndexMaskReader(labels: mapping, expectation: "0 to \(labelIDCount - 1), or 255 for licence plates")
    }

    fileprivate static func check(path: String) throws(OptionError) {
        if path.isEmpty { throw OptionError("path", "must name the folder that holds leftImg8bit and gtFine") }
    }
}

extension Cityscapes {
    /// Options of ``Cityscapes``.
    struct Options: ImageFileOptions {
        /// The folder of `leftImg8bit` and `gtFine`.
        var path = ""
        /// The folder of the training split in both.
        var train = "train"
        /// The folder of the validation split in both.
        var validation = "val"
        /// The folder of the test split in both.
        var test = "val"
        /// The folder of the masks: `gtFine` or `gtCoarse`.
        var masks = "gtFine"
        /// Which mask files are read.
        var labels = Labels.labelIDs
        /// Whether the EXIF orientation of images is applied: `apply`, or `ignore` to leave them as they are stored.
        var orientation = OrientationPolicy.apply
        var task: PredictionTask { .segmentation }

        init() {}

        func validate() throws { try Cityscapes.check(path: path) }

        func dataset(_ split: Split, _ reader: ImageReader) throws -> any Dataset {
            try Cityscapes(
                path: path, split: split, train: train, validation: validation, test: test, masks: masks,
                labels: labels)
        }
    }
}
