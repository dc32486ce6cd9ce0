import Foundation
import NNLayers

/// A folder of pictures and a folder of masks for each split: `images/train/a.jpg`, `masks/train/a.png`.
///
/// The mask of a picture is the one of the same name, whatever the extensions, at the same depth.
public struct MaskFolders: DatasetSource {
    /// What a configuration may say.
    public struct Options: MaskOptions {
        /// The folder that all others are in.
        public var path = ""
        /// The folder of the pictures within it; `{split}` stands for the name of the split.
        public var images = "images/{split}"
        /// The folder of the masks.
        public var masks = "masks/{split}"
        /// The name of each split.
        public var train = "train"
        public var validation = "validation"
        public var test = "test"
        /// What the names of pictures end with, before the extension; others are left out.
        public var imageSuffix = ""
        /// What the names of masks end with in place of that.
        public var maskSuffix = ""
        /// How many classes there are; null where `classes` tells it.
        public var classCount: Int?
        /// The classes with their colours, or the file that holds a line for each; null to number them.
        public var classes: ClassListOption?
        /// The label of pixels that do not count; null where all count.
        public var ignoreIndex: Int? = 255
        /// Whether the colours of masks, and not the numbers in the file, stand for the classes.
        public var maskColors = false
        /// The colour of pixels that do not count, where colours stand for classes: `#RRGGBB`.
        public var ignoreColor: String?
        /// Whether masks are 0 for the first of two classes and 255 for the second.
        public var binaryMasks = false

        public init() {}

        public func validate() throws {
            if path.isEmpty { throw OptionError("path", "must name the folder that holds the pictures and masks") }
            for (option, folder) in [("images", images), ("masks", masks)] where !folder.contains("{split}") {
                throw OptionError(option, "must hold {split}, such as 'images/{split}', not '\(folder)'")
            }
            if images == masks, imageSuffix == maskSuffix {
                throw OptionError("masks", "must be another folder than that of the images, or the suffixes differ")
            }
            try validateMasks()
        }
    }

    public let task = PredictionTask.segmentation
    private let options: Options

    public init(_ options: Options) { self.options = options }

    public func dataset(_ split: Split) throws -> any Dataset {
        let name = split.choice(options.train, options.validation, options.test)
        let root = URL(configured: options.path, isDirectory: true)
        try root.requireFolder(option: "path")
        func folder(_ pattern: String, _ option: String) throws -> URL {
            let folder = root.appending(path: pattern.replacing("{split}", with: name), directoryHint: .isDirectory)
            // Where the folder of the splits is there, it is the name of the split that is another.
            let isOfSplits = pattern.hasSuffix("{split}") && folder.deletingLastPathComponent().isExistingFolder
            try folder.requireFolder(option: isOfSplits ? split.rawValue : option)
            return folder
        }
        let pairing = FolderPairing(
            images: try folder(options.images, "images"), masks: try folder(options.masks, "masks"),
            imageSuffix: options.imageSuffix, maskSuffix: options.maskSuffix)
        return try options.dataset(of: pairing.pairs())
    }
}

/// Finds the mask of each picture by its name: `a/street.jpg` in one folder, `a/street.png` in another.
struct FolderPairing {
    let images: URL
    let masks: URL
    /// What names of pictures end with, before the extension; pictures with other names are left out.
    var imageSuffix = ""
    /// What names of masks end with, before the extension, in place of that.
    var maskSuffix = ""

    /// The pictures in the order of their names, each with its mask, which may be missing.
    /// - Throws: ``DatasetError`` where there are none.
    func pairs() throws(DatasetError) -> [MaskedFiles.Pair] {
        let maskFiles = Dictionary(
            FolderContents(folder: masks).imageFiles.filter { $0.lowercased().hasSuffix(".png") }
                .map { (Self.stem($0), $0) }, uniquingKeysWith: { first, _ in first })
        var pairs: [MaskedFiles.Pair] = []
        var previous: [String: String] = [:]
        for path in FolderContents(folder: images).imageFiles {
            let stem = Self.stem(path)
            let isMask = images == masks && !maskSuffix.isEmpty && stem.hasSuffix(maskSuffix)
            guard stem.hasSuffix(imageSuffix), !isMask else { continue }
            if let other = previous.updateValue(path, forKey: stem) {
                throw DatasetError(
                    place: images.appending(path: path).path,
                    reason: "'\(other)' has the same name and so the same mask",
                    remedy: "Rename or remove one of them")
            }
            let maskStem = String(stem.dropLast(imageSuffix.count)) + maskSuffix
            pairs.append(
                MaskedFiles.Pair(
                    image: images.appending(path: path),
                    mask: masks.appending(path: maskFiles[maskStem] ?? "\(maskStem).png")))
        }
        if pairs.isEmpty {
            let ending = imageSuffix.isEmpty ? "" : " whose name ends with '\(imageSuffix)'"
            throw DatasetError(
                place: images.path, reason: "it holds no .jpg, .jpeg or .png file\(ending)",
                remedy: "Add pictures, or name another folder")
        }
        return pairs
    }

    private static func stem(_ path: String) -> String { (path as NSString).deletingPathExtension }
}
