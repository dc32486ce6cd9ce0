import Foundation
import NNLayers

/// Cityscapes (Cordts et al. 2016): street scenes of 2048x1024 pixels, with the 19 classes that are evaluated.
///
/// The labels of the test set are not published, so that the validation split serves for both.
public struct Cityscapes: DatasetSource {
    /// Which of the two kinds of mask files is read.
    public enum Labels: String, Codable, CaseIterable, Sendable {
        /// `..._labelIds.png`, as they are published: 34 numbers, of which 19 are classes and the others ignored.
        case labelIDs = "label_ids"
        /// `..._labelTrainIds.png`, as the authors' scripts write them: 0 to 18, and 255 for what is ignored.
        case trainIDs = "train_ids"

        fileprivate var fileSuffix: String { self == .labelIDs ? "labelIds" : "labelTrainIds" }
    }

    /// What a configuration may say.
    public struct Options: ComponentOptions {
        /// The folder that holds `leftImg8bit` and `gtFine`.
        public var path = ""
        /// The folder of each split in both.
        public var train = "train"
        public var validation = "val"
        public var test = "val"
        /// The folder of the masks: `gtFine` or `gtCoarse`.
        public var masks = "gtFine"
        /// Which mask files are read.
        public var labels = Labels.labelIDs

        public init() {}

        public func validate() throws {
            if path.isEmpty { throw OptionError("path", "must name the folder that holds leftImg8bit and gtFine") }
        }
    }

    public let task = PredictionTask.segmentation
    private let options: Options
    private static let ignoreIndex: UInt8 = 255

    /// How many numbers files of label ids may hold, from 0 on.
    private static let labelIDCount = 34

    /// The classes with their number in files of label ids.
    private static let table: [(name: String, labelID: Int, color: UInt32)] = [
        ("road", 7, 0x804080), ("sidewalk", 8, 0xF423E8), ("building", 11, 0x464646), ("wall", 12, 0x66669C),
        ("fence", 13, 0xBE9999), ("pole", 17, 0x999999), ("traffic light", 19, 0xFAAA1E),
        ("traffic sign", 20, 0xDCDC00), ("vegetation", 21, 0x6B8E23), ("terrain", 22, 0x98FB98),
        ("sky", 23, 0x4682B4), ("person", 24, 0xDC143C), ("rider", 25, 0xFF0000), ("car", 26, 0x00008E),
        ("truck", 27, 0x000046), ("bus", 28, 0x003C64), ("train", 31, 0x005064), ("motorcycle", 32, 0x0000E6),
        ("bicycle", 33, 0x770B20),
    ]

    public init(_ options: Options) { self.options = options }

    public func dataset(_ split: Split) throws -> any Dataset {
        let root = URL(configured: options.path, isDirectory: true)
        try root.requireFolder(option: "path")
        let name = split.choice(options.train, options.validation, options.test)
        let pairing = FolderPairing(
            images: root.appending(path: "leftImg8bit/\(name)", directoryHint: .isDirectory),
            masks: root.appending(path: "\(options.masks)/\(name)", directoryHint: .isDirectory),
            imageSuffix: "_leftImg8bit", maskSuffix: "_\(options.masks)_\(options.labels.fileSuffix)")
        try pairing.images.requireFolder(option: split.rawValue)
        try pairing.masks.requireFolder(option: split.rawValue)
        return try MaskedFiles(
            pairs: pairing.pairs(), classes: ClassList(Self.table.map { ($0.name, $0.color) }),
            ignoreIndex: Int(Self.ignoreIndex), reader: reader)
    }

    private var reader: IndexMaskReader {
        guard options.labels == .labelIDs else {
            return IndexMaskReader(classCount: Self.table.count, ignoreIndex: Int(Self.ignoreIndex))
        }
        var labels = [UInt8?](repeating: Self.ignoreIndex, count: Self.labelIDCount)
        for (label, entry) in Self.table.enumerated() { labels[entry.labelID] = UInt8(label) }
        // The licence plates of cars have the number -1, which is 255 in a byte.
        labels += [UInt8?](repeating: nil, count: 255 - labels.count) + [Self.ignoreIndex]
        return IndexMaskReader(labels: labels, expectation: "0 to \(Self.labelIDCount - 1), or 255 for licence plates")
    }
}
