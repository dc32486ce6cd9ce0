import Foundation
import NNLayers

/// Images in tar files, as WebDataset stores them: `KEY.jpg` beside `KEY.cls`, the index or the name of its class, or
/// beside the mask `KEY.png` or `KEY.mask.png`.
///
/// Shards are read as they lie: memory has the place of each sample, 20 bytes, and the samples of the next batches. The
/// members of a sample stand together, and its key, the name up to the first dot, is that of no other. `nn data shard`
/// writes shards of any other data set, with an index beside each, without which all headers are read first. Other
/// members, such as `KEY.json`, are skipped.
///
/// ```swift
/// let train = try Shards(path: "data/imagenet", train: "train-{000000..000146}.tar")
/// let validation = try Shards(path: "data/imagenet", split: .validation)
/// ```
public struct Shards: ForwardingDataset {
    let base: any Dataset

    /// - Parameters:
    ///   - path: The folder that patterns begin at.
    ///   - split: The split to open.
    ///   - train: The shards of each split: names with `*`, `?`, `[a-z]`, `{a,b}` and `{000..146}`; nil for
    ///     `train*.tar` or `train/*.tar`.
    ///   - validation: By default `val*.tar` or `val*/*.tar`.
    ///   - test: By default `test*.tar` or `test/*.tar`.
    ///   - images: The endings of images, after the key; nil for those of all formats.
    ///   - label: The ending of labels: `cls` and others for classes, `png`, `mask.png` and others of images for
    ///     masks; nil for `cls` or masks, as the first sample has them.
    ///   - classCount: The number of classes; nil for that of `classes`.
    ///   - classes: The classes with their colours, or a file with a line for each; nil for `classes.txt` in the
    ///     folder. Without any, classes are numbered up to the highest index of the training split.
    ///   - ignoreIndex: The label of ignored pixels; nil where every pixel counts.
    ///   - maskColors: Whether the colours of masks, not the stored numbers, stand for classes.
    ///   - ignoreColor: The colour of ignored pixels, where colours stand for classes.
    ///   - binaryMasks: Whether masks are 0 for the first of two classes and 255 for the second.
    ///   - reader: How images are read: as RGB of 8 bits by default.
    /// - Throws: ``DatasetError`` for shards that are missing, damaged or cut, samples without an image or label, two
    ///   samples of one key, and classes that cannot be read.
    public init(
        path: String, split: Split = .train, train: String? = nil, validation: String? = nil, test: String? = nil,
        images: [String]? = nil, label: String? = nil, classCount: Int? = nil, classes: ClassListOption? = nil,
        ignoreIndex: Int? = 255, maskColors: Bool = false, ignoreColor: Color? = nil, binaryMasks: Bool = false,
        reader: ImageReader = ImageReader()
    ) throws(DatasetError) {
        let options = Options(
            path: path, train: train, validation: validation, test: test, images: images, label: label,
            classCount: classCount, classes: classes, ignoreIndex: ignoreIndex, maskColors: maskColors,
            ignoreColor: ignoreColor?.code, binaryMasks: binaryMasks)
        requireOptions("Shards") { try options.check() }
        try self.init(options, split, sample: options.firstEndings(reader), reader)
    }

    /// - Parameter sample: The endings of a sample; nil where none was found.
    fileprivate init(
        _ options: Options, _ split: Split, sample: [String]?, _ reader: ImageReader
    ) throws(DatasetError) {
        let root = URL(configured: options.path, isDirectory: true)
        try root.checkFolder(option: "path")
        let paths = try options.paths(split).all()
        let selection = ShardSelection(images: options.images, label: options.label, sample: sample, reader)
        var shards = try ListedShard.list(paths, selection)
        if shards.allSatisfy(\.index.entries.isEmpty) {
            throw DatasetError(
                place: paths[0], reason: "no sample has an image, \(reader.extensionText)",
                remedy: "Set 'images' to the ending of those to use")
        }
        let list = root.appending(path: "classes.txt")
        let named = options.classes ?? (list.isExistingFile && options.classCount == nil ? .file(list.path) : nil)
        guard selection.hasMasks else {
            let classes = try Self.classes(
                options, named, in: split == .train ? shards : nil, sample: sample, reader)
            for number in shards.indices { try shards[number].resolve(classes) }
            base = ShardSamples(shards, classes: classes, maskReader: nil, ignoreIndex: nil, imageReader: reader)
            return
        }
        let encoding = options.encoding(classes: named)
        do {
            try encoding.check()
        } catch {
            throw DatasetError(
                place: root.path, reason: "the masks are of unknown classes: '\(error.option)' \(error.message)",
                remedy: "Set it, or write classes.txt in the folder, with a class on each line")
        }
        let (classes, hasColors) = try encoding.classList()
        let maskReader = try encoding.reader(for: classes, hasColors: hasColors)
        base = ShardSamples(
            shards, classes: classes, maskReader: maskReader, ignoreIndex: options.ignoreIndex, imageReader: reader)
    }

    /// The classes of images.
    /// - Parameter training: The shards of the training split; nil to list them where the classes follow from them.
    private static func classes(
        _ options: Options, _ named: ClassListOption?, in training: [ListedShard]?, sample: [String]?,
        _ reader: ImageReader
    ) throws(DatasetError) -> ClassList {
        if let named {
            let list = try named.classes().list
            if let count = options.classCount, count != list.count {
                throw DatasetError(
                    place: "classes", reason: "\(list.count) are named, but there must be \(count)",
                    remedy: "Fix 'classes' or 'class_count'")
            }
            return list
        }
        if let count = options.classCount { return ClassList(names: (0..<count).map(String.init)) }
        // Another split may lack the last class, and all must have the same.
        var shards = training
        if shards == nil, let paths = try? options.paths(.train).all() {
            let selection = ShardSelection(images: options.images, label: options.label, sample: sample, reader)
            shards = try ListedShard.list(paths, selection)
        }
        let values = (shards ?? []).lazy.flatMap(\.index.entries).map(\.value)
        guard let highest = values.max(), highest < Self.largestCount else {
            throw DatasetError(
                place: options.path,
                reason: values.contains(ShardIndex.Entry.named)
                    ? "the labels are names, and there is no list of classes"
                    : "the number of classes is unknown",
                remedy: "Set 'class_count', or write classes.txt in the folder, with a class on each line")
        }
        return ClassList(names: (0...highest).map { String($0) })
    }

    fileprivate static let largestCount = 1_000_000
}

extension ListedShard {
    /// Looks names of classes up, and checks the indices.
    /// - Throws: ``DatasetError`` for a label that is no class.
    fileprivate mutating func resolve(_ classes: ClassList) throws(DatasetError) {
        let wrong = index.entries.indices.filter { index.entries[$0].value >= classes.count }
        if wrong.isEmpty { return }
        let file = try ShardFile(path)
        let indices = Dictionary(uniqueKeysWithValues: classes.names.enumerated().map { ($1, UInt32($0)) })
        for number in wrong {
            guard let member = index.entries[number].labelMember(in: file) else { continue }
            let text = try ShardScan.text(of: member, in: file)
            guard let found = indices[text] else {
                throw DatasetError(
                    place: path,
                    reason: "the label '\(member.text)' is '\(text)', which is none of the \(classes.count) "
                        + "classes", remedy: "Write the name of a class, or an index from 0 to \(classes.count - 1)")
            }
            index.entries[number].value = found
        }
    }
}

extension Shards {
    /// Options of ``Shards``.
    struct Options: ImageFileOptions {
        /// The folder that patterns begin at.
        var path = ""
        /// The shards of the training split: names with `*`, `?`, `[a-z]`, `{a,b}` and `{000..146}`; null for
        /// `train*.tar` or `train/*.tar`.
        var train: String?
        /// The shards of the validation split; null for `val*.tar` or `val*/*.tar`.
        var validation: String?
        /// The shards of the test split; null for `test*.tar` or `test/*.tar`.
        var test: String?
        /// The endings of images, after the key; null for those of all formats.
        var images: [String]?
        /// The ending of labels: `cls` and others for classes, `png`, `mask.png` and others of images for masks; null
        /// for `cls` or masks, as the first sample has them.
        var label: String?
        /// The number of classes; null for that of `classes`.
        var classCount: Int?
        /// The classes with their colours, or a file with a line for each; null for `classes.txt` in the folder.
        /// Without any, classes are numbered up to the highest index of the training split.
        var classes: ClassListOption?
        /// The label of ignored pixels of masks; null where every pixel counts.
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
        var pathOptions: [String] { ["path", "classes"] }

        func validate() throws {
            try check()
            try checkReading()
        }

        func build(_: Void, in registry: Registry) throws -> any DatasetSource {
            let reader = try imageReader.withFormats(of: registry)
            return Source(options: self, sample: firstEndings(reader), imageReader: reader)
        }

        /// That of the first sample; classes where there is none.
        var task: PredictionTask { task(sample: firstEndings(imageReader), imageReader) }

        func dataset(_ split: Split, _ reader: ImageReader) throws -> any Dataset {
            try Shards(self, split, sample: firstEndings(reader), reader)
        }
    }

    /// The splits of a configuration, whose task is that of the first sample.
    private struct Source: DatasetSource {
        let options: Options
        let sample: [String]?
        let imageReader: ImageReader

        var task: PredictionTask { options.task(sample: sample, imageReader) }
        var pathOptions: [String] { options.pathOptions }

        func dataset(_ split: Split) throws -> any Dataset { try Shards(options, split, sample: sample, imageReader) }
    }
}

extension Shards.Options {
    fileprivate func check() throws(OptionError) {
        if path.isEmpty { throw OptionError("path", "must name the folder that holds the shards") }
        for (option, pattern) in [("train", train), ("validation", validation), ("test", test)] {
            guard let pattern else { continue }
            if pattern.isEmpty { throw OptionError(option, "must name shards, such as 'train-*.tar'") }
            do {
                _ = try ShardPaths.expanded(pattern)
            } catch {
                throw OptionError(option, "must be a pattern of names, not '\(pattern)': \(error.reason)")
            }
        }
        func isEnding(_ text: String) -> Bool { !text.isEmpty && !text.hasPrefix(".") && !text.contains("/") }
        if let images, images.isEmpty || !images.allSatisfy(isEnding) {
            throw OptionError("images", "must be endings without a dot before them, such as [jpg, png]")
        }
        if let label, !isEnding(label) {
            throw OptionError("label", "must be an ending without a dot before it, such as cls, not '\(label)'")
        }
        if let classCount, !(1...Shards.largestCount ~= classCount) {
            throw OptionError("class_count", "must be from 1 to \(Shards.largestCount), not \(classCount)")
        }
        // What is missing may be in the folder, and whether there are masks, shards tell.
        let color = try MaskEncoding.color(ignoreColor)
        let known = MaskEncoding(
            classCount: 1, classes: classes, ignoreIndex: ignoreIndex, maskColors: maskColors && classes != nil,
            ignoreColor: maskColors ? nil : color, binaryMasks: binaryMasks && !maskColors)
        try known.check()
        if maskColors, binaryMasks { throw OptionError("binary_masks", "cannot be combined with 'mask_colors'") }
    }

    fileprivate func paths(_ split: Split) -> ShardPaths {
        ShardPaths(
            root: URL(configured: path, isDirectory: true), split: split,
            pattern: split.choice(train: train, validation: validation, test: test))
    }

    /// The endings of the first sample with a label, of the first split that has shards; nil without one.
    fileprivate func firstEndings(_ reader: ImageReader) -> [String]? {
        for split in Split.allCases {
            guard let path = try? paths(split).all().first, let file = try? ShardFile(path) else { continue }
            return (try? ShardScan.firstEndings(of: file, images: images, reader)) ?? nil
        }
        return nil
    }

    fileprivate func task(sample: [String]?, _ reader: ImageReader) -> PredictionTask {
        let selection = ShardSelection(images: images, label: label, sample: sample, reader)
        return selection.hasMasks ? .segmentation : .classification
    }

    fileprivate func encoding(classes: ClassListOption?) -> MaskEncoding {
        MaskEncoding(
            classCount: classCount, classes: classes, ignoreIndex: ignoreIndex, maskColors: maskColors,
            ignoreColor: ignoreColor.flatMap { Color(code: $0) }, binaryMasks: binaryMasks)
    }
}
