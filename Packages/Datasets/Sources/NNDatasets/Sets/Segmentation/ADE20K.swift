import Foundation
import NNLayers

/// The scene parsing benchmark of ADE20K (Zhou et al. 2017), `ADEChallengeData2016`: 150 classes.
///
/// The masks of its test set are not published, so that the validation split serves for both.
///
/// ```swift
/// let train = try ADE20K(path: "data/ADEChallengeData2016")
/// ```
public struct ADE20K: ForwardingDataset {
    let base: any Dataset

    private static let classCount = 150
    private static let ignoredLabel: UInt8 = 255

    /// - Parameters:
    ///   - path: The folder `ADEChallengeData2016`, which holds `images` and `annotations`.
    ///   - split: The split to open.
    ///   - train: The folder of each split in both.
    ///   - background: Whether pixels of none of the 150 classes are a class before them; otherwise they are ignored.
    ///   - reader: How images are read: as RGB of 8 bits by default.
    /// - Throws: ``DatasetError`` for folders or files that are missing.
    public init(
        path: String, split: Split = .train, train: String = "training", validation: String = "validation",
        test: String = "validation", background: Bool = false, reader: ImageReader = ImageReader()
    ) throws(DatasetError) {
        requireOptions("ADE20K") { try Self.check(path: path) }
        let root = URL(configured: path, isDirectory: true)
        try root.checkFolder(option: "path")
        let name = split.choice(train: train, validation: validation, test: test)
        let pairing = FolderPairing(
            images: root.appending(path: "images/\(name)", directoryHint: .isDirectory),
            masks: root.appending(path: "annotations/\(name)", directoryHint: .isDirectory), reader: reader)
        try pairing.images.checkFolder(option: split.rawValue)
        try pairing.masks.checkFolder(option: split.rawValue)
        let names = try Self.classNames(in: root)
        // Files have 0 for everything else, and the classes from 1 on.
        let shift: UInt8 = background ? 0 : 1
        let labels = (0...UInt8(Self.classCount)).map { $0 < shift ? Self.ignoredLabel : $0 - shift }
        base = try MaskedFiles(
            pairing.files(), classes: ClassList(names: (background ? ["other"] : []) + names),
            ignoreIndex: Int(Self.ignoredLabel),
            reader: IndexMaskReader(labels: labels, expectation: "0 to \(Self.classCount)"), imageReader: reader)
    }

    /// The names in `objectInfo150.txt`, a table whose last column holds synonyms; numbers if it is missing.
    private static func classNames(in root: URL) throws(DatasetError) -> [String] {
        let file = root.appending(path: "objectInfo150.txt")
        guard file.isExistingFile else { return (1...classCount).map(String.init) }
        var names: [String] = []
        for (line, place) in try TextLines(file, remedy: "Unpack the archive again").dropFirst() {
            let columns = line.split(separator: "\t").map { $0.trimmingCharacters(in: .whitespaces) }
            guard columns.count >= 2, Int(columns[0]) == names.count + 1 else {
                throw DatasetError(
                    place: place, reason: "the line does not describe the class \(names.count + 1)",
                    remedy: "Unpack the archive again, or remove the file to number the classes")
            }
            let synonyms = columns[columns.count - 1]
            // The first synonym alone, unless it stands for two classes.
            let short = String(synonyms.prefix { $0 != "," && $0 != ";" })
            names.append(names.contains(short) ? synonyms : short)
        }
        guard names.count == classCount else {
            throw DatasetError(
                place: file.path, reason: "it describes \(names.count) classes, not \(classCount)",
                remedy: "Unpack the archive again, or remove the file to number the classes")
        }
        return names
    }

    fileprivate static func check(path: String) throws(OptionError) {
        if path.isEmpty { throw OptionError("path", "must name the folder that holds images and annotations") }
    }
}

extension ADE20K {
    /// Options of ``ADE20K``.
    struct Options: ImageFileOptions {
        /// The folder `ADEChallengeData2016`, which holds `images` and `annotations`.
        var path = ""
        /// The folder of the training split in both.
        var train = "training"
        /// The folder of the validation split in both.
        var validation = "validation"
        /// The folder of the test split in both.
        var test = "validation"
        /// Whether pixels of none of the 150 classes are a class before them; otherwise they are ignored.
        var background = false
        /// Whether the EXIF orientation of images is applied: `apply`, or `ignore` to leave them as they are stored.
        var orientation = OrientationPolicy.apply
        var task: PredictionTask { .segmentation }

        init() {}

        func validate() throws { try ADE20K.check(path: path) }

        func dataset(_ split: Split, _ reader: ImageReader) throws -> any Dataset {
            try ADE20K(
                path: path, split: split, train: train, validation: validation, test: test, background: background,
                reader: reader)
        }
    }
}
