import Foundation
@_spi(Internal) import NNDatasets
@_spi(Text) import NNLayers
@_spi(Internal) import NNTraining

/// A data set as a folder holds it, found by the names of folders and files; opening it proves it.
struct DataLayout {
    /// The data set with its options: `data.dataset` of a configuration.
    var dataset: ConfigNode
    /// What it is, for the first line of the file.
    var summary: String
    /// What the user may want to change.
    var notes: [String] = []

    /// Finds the layout of a folder; nil if it is not that of this finder.
    typealias Finder = @Sendable (FolderListing, ImageReader) throws -> DataLayout?

    /// The finders, the more specific ones first: a new form of data adds one.
    static let finders: [Finder] = [
        publishedSets, shards, MaskLayout.find, listFiles, classFolders, namedFiles,
    ]

    /// The layout of a folder.
    /// - Throws: `CommandFailure` that says what was looked for and what is there.
    static func find(in path: String, _ reader: ImageReader) throws -> DataLayout {
        let listing = FolderListing(path, imageEndings: reader.fileExtensions)
        for finder in finders {
            if let found = try finder(listing, reader) { return found }
        }
        throw failure(listing)
    }

    private static func failure(_ listing: FolderListing) -> CommandFailure {
        func failure(_ text: String) -> CommandFailure { CommandFailure(message: "\(listing.path): \(text)") }
        if let json = listing.files.first(where: { $0.hasSuffix(".json") || $0.hasSuffix(".xml") }) {
            return failure(
                "there are no masks, and annotations such as \(json) are converted first: nn data convert "
                    + "\(listing.path(of: json)) --output MASKS, then nn config new MASKS")
        }
        return failure(
            "no data set was recognized. Looked for: class folders (train/cat/1.jpg, or cat/1.jpg), names of files with the "
                + "class (cat.0.jpg), images and masks (images/1.jpg and masks/1.png), lists (train.txt of 'path TAB label', "
                + "CSV files), shards (train-000000.tar), CamVid, VOC, ADE20K, Cityscapes, CIFAR-10. There is: \(listing.summary)"
        )
    }

    /// A node of a data set with options in their order.
    static func node(_ type: String, _ options: [(String, ConfigNode?)]) -> ConfigNode {
        let given = options.compactMap { key, value in value.map { (key: key, value: $0) } }
        let entries = [(key: "type", value: ConfigNode(.string(type)))] + given
        return ConfigNode(.mapping(entries.map { ConfigEntry(key: $0.key, value: $0.value) }))
    }

    /// A text as a value; nil for nil.
    static func text(_ text: String?) -> ConfigNode? { text.map { ConfigNode(.string($0)) } }

    /// The options that name the folders of splits, where they are not the default.
    static func splitOptions(_ splits: [Split: String]) -> [(String, ConfigNode?)] {
        Split.allCases.map { split in (split.rawValue, splits[split] == split.rawValue ? nil : text(splits[split])) }
    }
}

extension DataLayout {
    /// Sets that are read as they are distributed.
    private static func publishedSets(_ listing: FolderListing, _: ImageReader) -> DataLayout? {
        func layout(_ type: String, _ name: String, _ path: String? = nil) -> DataLayout {
            DataLayout(dataset: node(type, [("path", text(path ?? listing.path))]), summary: name)
        }
        func has(_ paths: String...) -> Bool {
            paths.allSatisfy { FileManager.default.fileExists(atPath: listing.url.appending(path: $0).path) }
        }
        for folder in ["", "VOC2012", "VOCdevkit/VOC2012"] {
            let root = folder.isEmpty ? "" : folder + "/"
            if has(root + "JPEGImages", root + "SegmentationClass", root + "ImageSets/Segmentation/train.txt") {
                return layout("voc", "PASCAL VOC", folder.isEmpty ? nil : listing.path(of: folder))
            }
        }
        if has("leftImg8bit/train", "gtFine/train") { return layout("cityscapes", "Cityscapes") }
        if has("images/training", "annotations/training") { return layout("ade20k", "ADE20K") }
        if has("train", "trainannot", "val", "valannot") { return layout("camvid", "CamVid") }
        for folder in ["", "cifar-10-batches-bin"] where has((folder.isEmpty ? "" : folder + "/") + "data_batch_1.bin")
        {
            return layout("cifar10", "CIFAR-10", folder.isEmpty ? nil : listing.path(of: folder))
        }
        return nil
    }

    /// Tar shards, as WebDataset and `nn data shard` write them.
    private static func shards(_ listing: FolderListing, _: ImageReader) -> DataLayout? {
        func shards(_ folder: FolderListing) -> [String] { folder.files.filter { $0.hasSuffix(".tar") } }
        let own = shards(listing)
        let isInFolders = listing.splitFolders[.train].map { !shards(listing.folder($0)).isEmpty } ?? false
        guard !own.isEmpty || isInFolders else { return nil }
        let isNamed = isInFolders || own.contains { $0.hasPrefix("train") }
        return DataLayout(
            dataset: node("shards", [("path", text(listing.path)), ("train", isNamed ? nil : text("*.tar"))]),
            summary: "shards of images")
    }

    /// Class folders, in folders of splits or not.
    private static func classFolders(_ listing: FolderListing, _: ImageReader) -> DataLayout? {
        func isOfClasses(_ folder: FolderListing) -> Bool {
            folder.folders.count > 1 && folder.folders.allSatisfy { !folder.folder($0).allImages(limit: 1).isEmpty }
        }
        let splits = listing.splitFolders
        if let train = splits[.train], isOfClasses(listing.folder(train)) {
            // What else is named as a split may be unlabelled, as in competitions.
            let labelled = splits.filter { $0.key == .train || !listing.folder($0.value).folders.isEmpty }
            return DataLayout(
                dataset: node("class_folders", [("path", text(listing.path))] + splitOptions(labelled)),
                summary: "class folders in \(Split.allCases.compactMap { labelled[$0] }.joined(separator: ", "))")
        }
        guard splits.isEmpty, isOfClasses(listing) else { return nil }
        return DataLayout(
            dataset: node("class_folders", [("path", text(listing.path))]), summary: "class folders")
    }

    /// Names of files that contain the class, as in Kaggle's train/cat.0.jpg.
    private static func namedFiles(_ listing: FolderListing, _: ImageReader) -> DataLayout? {
        let splits = listing.splitFolders
        let folder = splits[.train].map(listing.folder) ?? listing
        guard let pattern = FileNamePattern.guess(from: folder.images) else { return nil }
        let labelled = splits.filter { entry in
            let images = listing.folder(entry.value).images
            return !images.isEmpty && images.allSatisfy { pattern.className(in: $0) != nil }
        }
        return DataLayout(
            dataset: node(
                "class_folders",
                [("path", text(listing.path))] + splitOptions(labelled) + [("pattern", text(pattern.text))]),
            summary: "names of files with the class, \(folder.images[0]) being one")
    }
}
