import Foundation
import NNLayers

/// CamVid (Brostow et al. 2009) as distributed with SegNet: street scenes of 480x360 pixels, 11 classes.
///
/// The images of a split are in `train`, their masks in `trainannot`. A file `train.txt`, if there is one, lists the
/// samples of the split; only the last folder and the name of each of its paths count.
///
/// ```swift
/// let train = try CamVid(path: "data/CamVid")
/// ```
public struct CamVid: ForwardingDataset {
    let base: any Dataset

    /// The label "void", of pixels without a class.
    private static let ignoredLabel = 11

    private static let classes = ClassList([
        ("sky", 0x808080), ("building", 0x800000), ("pole", 0xC0C080), ("road", 0x804080), ("pavement", 0x3C28DE),
        ("tree", 0x808000), ("sign_symbol", 0xC08080), ("fence", 0x404080), ("car", 0x400080),
        ("pedestrian", 0x404000), ("bicyclist", 0x0080C0),
    ])

    /// - Parameters:
    ///   - path: The folder of the splits.
    ///   - split: The split to open.
    ///   - train: The folder of each split, which is also the name of its list.
    ///   - reader: How images are read: as RGB of 8 bits by default.
    /// - Throws: ``DatasetError`` for folders or files that are missing.
    public init(
        path: String, split: Split = .train, train: String = "train", validation: String = "val", test: String = "test",
        reader: ImageReader = ImageReader()
    ) throws(DatasetError) {
        requireOptions("CamVid") { try Self.check(path: path) }
        let root = URL(configured: path, isDirectory: true)
        try root.checkFolder(option: "path")
        let name = split.choice(train: train, validation: validation, test: test)
        let list = root.appending(path: "\(name).txt")
        let files =
            if list.isExistingFile {
                MaskedFiles.Listing(pairs: try Self.listedPairs(list, root))
            } else {
                try Self.found(name, root, split, reader)
            }
        base = try MaskedFiles(
            files, classes: Self.classes, ignoreIndex: Self.ignoredLabel, imageReader: reader)
    }

    private static func listedPairs(_ list: URL, _ root: URL) throws(DatasetError) -> [MaskedFiles.Pair] {
        try MaskList(file: list).pairs { path in
            root.appending(path: path.split(separator: "/").suffix(2).joined(separator: "/"))
        }
    }

    private static func found(
        _ name: String, _ root: URL, _ split: Split, _ reader: ImageReader
    ) throws(DatasetError) -> MaskedFiles.Listing {
        let pairing = FolderPairing(
            images: root.appending(path: name, directoryHint: .isDirectory),
            masks: root.appending(path: "\(name)annot", directoryHint: .isDirectory), reader: reader)
        try pairing.images.checkFolder(option: split.rawValue)
        try pairing.masks.checkFolder(option: split.rawValue)
        return try pairing.files()
    }

    fileprivate static func check(path: String) throws(OptionError) {
        if path.isEmpty { throw OptionError("path", "must name the folder that holds train and trainannot") }
    }
}

extension CamVid {
    /// Options of ``CamVid``.
    struct Options: ImageFileOptions {
        /// The folder of the splits.
        var path = ""
        /// The folder of the training split, which is also the name of its list.
        var train = "train"
        /// The folder of the validation split and the name of its list.
        var validation = "val"
        /// The folder of the test split and the name of its list.
        var test = "test"
        /// Whether the EXIF orientation of images is applied: `apply`, or `ignore` to leave them as they are stored.
        var orientation = OrientationPolicy.apply
        var task: PredictionTask { .segmentation }

        init() {}

        func validate() throws { try CamVid.check(path: path) }

        func dataset(_ split: Split, _ reader: ImageReader) throws -> any Dataset {
            try CamVid(
                path: path, split: split, train: train, validation: validation, test: test, reader: reader)
        }
    }
}
