import Foundation
import NNLayers

/// Images and masks in a folder each for every split: `images/train/a.jpg`, `masks/train/a.png`.
///
/// The mask of an image has the same name, whatever the extensions, at the same depth. Where neither folder has a
/// `{split}` in its path, all images are training samples, which ``StratifiedSplit`` divides.
///
/// ```swift
/// let train = try MaskFolders(path: "data/streets", classes: ["sky", "road", "car"])
/// let validation = try MaskFolders(path: "data/streets", split: .validation, classes: ["sky", "road", "car"])
/// ```
public struct MaskFolders: ForwardingDataset {
    let base: any Dataset

    /// - Parameters:
    ///   - path: The folder of all others.
    ///   - split: The split to open.
    ///   - images: The folder of the images within `path`; `{split}` stands for the name of the split. Without one, all
    ///     images are training samples.
    ///   - masks: The folder of the masks.
    ///   - train: The name of each split.
    ///   - imageSuffix: The end of the names of images, before the extension; others are skipped.
    ///   - maskSuffix: The end of the names of masks instead.
    ///   - classCount: The number of classes; nil for that of `classes`.
    ///   - classes: The classes with their colours, or a file with a line for each; nil to number them.
    ///   - ignoreIndex: The label of ignored pixels; nil where every pixel counts.
    ///   - maskColors: Whether the colours of masks, not the stored numbers, stand for classes.
    ///   - ignoreColor: The colour of ignored pixels, where colours stand for classes.
    ///   - binaryMasks: Whether masks are 0 for the first of two classes and 255 for the second.
    ///   - reader: How images are read: as RGB of 8 bits by default.
    /// - Throws: ``DatasetError`` for folders or files that are missing, and classes that cannot be read.
    public init(
        path: String, split: Split = .train, images: String = "images/{split}", masks: String = "masks/{split}",
        train: String = "train", validation: String = "validation", test: String = "test", imageSuffix: String = "",
        maskSuffix: String = "", classCount: Int? = nil, classes: ClassListOption? = nil, ignoreIndex: Int? = 255,
        maskColors: Bool = false, ignoreColor: Color? = nil, binaryMasks: Bool = false,
        reader: ImageReader = ImageReader()
    ) throws(DatasetError) {
        let encoding = MaskEncoding(
            classCount: classCount, classes: classes, ignoreIndex: ignoreIndex, maskColors: maskColors,
            ignoreColor: ignoreColor, binaryMasks: binaryMasks)
        requireOptions("MaskFolders") {
            try Self.check(
                path: path, images: images, masks: masks, imageSuffix: imageSuffix, maskSuffix: maskSuffix)
            try encoding.check()
        }
        let name = split.choice(train: train, validation: validation, test: test)
        let root = URL(configured: path, isDirectory: true)
        try root.checkFolder(option: "path")
        if split != .train, !images.contains("{split}") {
            throw DatasetError.undivided(
                split, place: root.appending(path: images).path, "'images' has no {split}, so that it is one set")
        }
        func folder(_ pattern: String, _ option: String) throws(DatasetError) -> URL {
            let folder = root.appending(path: pattern.replacing("{split}", with: name), directoryHint: .isDirectory)
            // If the folder of the splits is there, it is the name of the split that is wrong.
            let isOfSplits = pattern.hasSuffix("{split}") && folder.deletingLastPathComponent().isExistingFolder
            if isOfSplits, !folder.isExistingFolder, split == .train {
                try Self.checkDivision(of: folder.deletingLastPathComponent(), reader)
            }
            try folder.checkFolder(option: isOfSplits ? split.rawValue : option)
            return folder
        }
        let pairing = FolderPairing(
            images: try folder(images, "images"), masks: try folder(masks, "masks"), imageSuffix: imageSuffix,
            maskSuffix: maskSuffix, reader: reader)
        base = try encoding.dataset(of: pairing.files(), reader)
    }

    /// Refuses a folder of images where folders of splits are expected.
    private static func checkDivision(of folder: URL, _ reader: ImageReader) throws(DatasetError) {
        let contents = FolderContents(folder: folder)
        guard contents.folders.isEmpty, !contents.files(reader.fileExtensions).isEmpty else { return }
        throw DatasetError(
            place: folder.path, reason: "it has images, and no folders of splits",
            remedy: "Set 'images' and 'masks' to the folders, without {split}, and "
                + DatasetError.divisionAdvice(.validation))
    }

    fileprivate static func check(
        path: String, images: String, masks: String, imageSuffix: String, maskSuffix: String
    ) throws(OptionError) {
        if path.isEmpty { throw OptionError("path", "must name the folder that holds the images and masks") }
        let folders = [("images", images), ("masks", masks)]
        let isDivided = folders.contains { $0.1.contains("{split}") }
        for (option, folder) in folders where isDivided && !folder.contains("{split}") {
            throw OptionError(
                option, "must contain {split}, such as 'images/{split}', since the other folder does, not '\(folder)'")
        }
        if images == masks, imageSuffix == maskSuffix {
            throw OptionError("masks", "must be another folder than that of the images, or the suffixes differ")
        }
    }
}

extension MaskFolders {
    /// Options of ``MaskFolders``.
    struct Options: ImageFileOptions {
        /// The folder of all others.
        var path = ""
        /// The folder of the images within it; `{split}` stands for the name of the split. Without it in both folders, all
        /// images are one set, for `data.split`.
        var images = "images/{split}"
        /// The folder of the masks.
        var masks = "masks/{split}"
        /// The name of the training split.
        var train = "train"
        /// The name of the validation split.
        var validation = "validation"
        /// The name of the test split.
        var test = "test"
        /// The end of the names of images, before the extension; others are skipped.
        var imageSuffix = ""
        /// The end of the names of masks instead.
        var maskSuffix = ""
        /// The number of classes; nil for that of `classes`.
        var classCount: Int?
        /// The classes with their colours, or a file with a line for each; nil to number them.
        var classes: ClassListOption?
        /// The label of ignored pixels; nil where every pixel counts.
        var ignoreIndex: Int? = 255
        /// Whether the colours of masks, not the stored numbers, stand for classes.
        var maskColors = false
        /// The colour of ignored pixels, where colours stand for classes: `#RRGGBB`.
        var ignoreColor: String?
        /// Whether masks are 0 for the first of two classes and 255 for the second.
        var binaryMasks = false
        /// The number of channels: 3 for colours, 1 for grey, 4 with opacity; files of other bands must have as many.
        var channels = 3
        /// 8 to scale samples of 16 bits to 8, 16 to keep them; null for 8 with three channels and 16 with others.
        var bits: Int?
        /// Whether the EXIF orientation of images is applied: `apply`, or `ignore` to leave them as they are stored.
        var orientation = OrientationPolicy.apply
        /// The indices of the channels that are shown as red, green and blue; null for the first three.
        var viewChannels: [Int]?
        var task: PredictionTask { .segmentation }
        var pathOptions: [String] { ["path", "classes"] }

        init() {}

        func validate() throws {
            try MaskFolders.check(
                path: path, images: images, masks: masks, imageSuffix: imageSuffix, maskSuffix: maskSuffix)
            try MaskEncoding(
                classCount: classCount, classes: classes, ignoreIndex: ignoreIndex, maskColors: maskColors,
                ignoreColor: MaskEncoding.color(ignoreColor), binaryMasks: binaryMasks
            ).check()
            try checkReading()
        }

        func dataset(_ split: Split, _ reader: ImageReader) throws -> any Dataset {
            try MaskFolders(
                path: path, split: split, images: images, masks: masks, train: train, validation: validation,
                test: test, imageSuffix: imageSuffix, maskSuffix: maskSuffix, classCount: classCount, classes: classes,
                ignoreIndex: ignoreIndex, maskColors: maskColors, ignoreColor: MaskEncoding.color(ignoreColor),
                binaryMasks: binaryMasks, reader: reader)
        }
    }
}

/// Finds the mask of each image by its name: `a/street.jpg` in one folder, `a/street.png` in another.
struct FolderPairing {
    let images: URL
    let masks: URL
    /// The end of the names of images, before the extension; others are skipped.
    var imageSuffix = ""
    /// The end of the names of masks, before the extension.
    var maskSuffix = ""
    var reader = ImageReader()

    /// The images sorted by name, each with its mask, which may not exist, and the images that are not read.
    /// - Throws: ``DatasetError`` where there are none.
    func files() throws(DatasetError) -> MaskedFiles.Listing {
        let maskPaths = FolderContents(folder: masks).imageFiles(reader.maskExtensions).paths
        let maskFiles = Dictionary(maskPaths.map { (Self.stem($0), $0) }, uniquingKeysWith: { first, _ in first })
        let (paths, others) = FolderContents(folder: images).imageFiles(reader.fileExtensions)
        var unread = others
        var usedMasks: Set<String> = []
        var pairs: [MaskedFiles.Pair] = []
        var previous: [String: String] = [:]
        for path in paths {
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
            usedMasks.insert(maskStem)
            pairs.append(
                MaskedFiles.Pair(
                    image: images.appending(path: path),
                    mask: masks.appending(path: maskFiles[maskStem] ?? "\(maskStem).png")))
        }
        if pairs.isEmpty {
            let ending = imageSuffix.isEmpty ? "" : " whose name ends with '\(imageSuffix)'"
            throw DatasetError(
                place: images.path,
                reason: "it holds no \(reader.extensionText) file\(ending)" + (unread.text.map { "; \($0)" } ?? ""),
                remedy: "Add images, or name another folder")
        }
        for path in maskPaths {
            let stem = Self.stem(path)
            let isImage = images == masks && previous[stem] == path
            if !stem.hasSuffix(maskSuffix) || isImage || usedMasks.contains(stem) && maskFiles[stem] == path {
                continue
            }
            unread.add(
                masks.appending(path: path).path, usedMasks.contains(stem) ? .secondMask : .maskOfNone)
        }
        return MaskedFiles.Listing(pairs: pairs, unread: unread)
    }

    private static func stem(_ path: String) -> String { (path as NSString).deletingPathExtension }
}
