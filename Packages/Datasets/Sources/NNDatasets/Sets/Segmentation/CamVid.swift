import Foundation
import NNLayers

/// CamVid (Brostow et al. 2009) in the form of SegNet's authors: street scenes of 480x360 pixels, 11 classes.
///
/// The pictures of a split lie in `train`, their masks in `trainannot`. Where there is a `train.txt` it tells which
/// of them belong to the split; the folders before the last one in its paths do not matter.
public struct CamVid: DatasetSource {
    /// What a configuration may say.
    public struct Options: ComponentOptions {
        /// The folder that holds the splits.
        public var path = ""
        /// The folder of each split, which is also the name of its list.
        public var train = "train"
        public var validation = "val"
        public var test = "test"

        public init() {}

        public func validate() throws {
            if path.isEmpty { throw OptionError("path", "must name the folder that holds train and trainannot") }
        }
    }

    public let task = PredictionTask.segmentation
    private let options: Options

    /// The label "void", of what belongs to no class.
    private static let ignoreIndex = 11

    private static let classes = ClassList([
        ("sky", 0x808080), ("building", 0x800000), ("pole", 0xC0C080), ("road", 0x804080), ("pavement", 0x3C28DE),
        ("tree", 0x808000), ("sign_symbol", 0xC08080), ("fence", 0x404080), ("car", 0x400080),
        ("pedestrian", 0x404000), ("bicyclist", 0x0080C0),
    ])

    public init(_ options: Options) { self.options = options }

    public func dataset(_ split: Split) throws -> any Dataset {
        let root = URL(configured: options.path, isDirectory: true)
        try root.requireFolder(option: "path")
        let name = split.choice(options.train, options.validation, options.test)
        let list = root.appending(path: "\(name).txt")
        return try MaskedFiles(
            pairs: list.isExistingFile ? listedPairs(list, root) : foundPairs(name, root, split),
            classes: Self.classes, ignoreIndex: Self.ignoreIndex)
    }

    private func listedPairs(_ list: URL, _ root: URL) throws(DatasetError) -> [MaskedFiles.Pair] {
        try MaskList(file: list).pairs { path in
            root.appending(path: path.split(separator: "/").suffix(2).joined(separator: "/"))
        }
    }

    private func foundPairs(_ name: String, _ root: URL, _ split: Split) throws(DatasetError) -> [MaskedFiles.Pair] {
        let pairing = FolderPairing(
            images: root.appending(path: name, directoryHint: .isDirectory),
            masks: root.appending(path: "\(name)annot", directoryHint: .isDirectory))
        try pairing.images.requireFolder(option: split.rawValue)
        try pairing.masks.requireFolder(option: split.rawValue)
        return try pairing.pairs()
    }
}
