import Foundation
import NNLayers

/// Images and masks listed in a text file: on each line their two paths, with a tab or a space in between.
///
/// Paths may contain spaces: without a tab, a line is split at the last space that leaves two existing files. Windows
/// line ends are accepted; blank lines are skipped.
///
/// ```swift
/// let train = try MaskLists(path: "lists/train.txt", classCount: 21)
/// ```
public struct MaskLists: ForwardingDataset {
    let base: any Dataset

    /// - Parameters:
    ///   - path: The text file, a line `image TAB mask` for each sample.
    ///   - root: The folder that its paths are relative to; nil for that of the list.
    ///   - classCount: The number of classes; nil for that of `classes`.
    ///   - classes: The classes with their colours, or a file with a line for each; nil to number them.
    ///   - ignoreIndex: The label of ignored pixels; nil where every pixel counts.
    ///   - maskColors: Whether the colours of masks, not the stored numbers, stand for classes.
    ///   - ignoreColor: The colour of ignored pixels, where colours stand for classes.
    ///   - binaryMasks: Whether masks are 0 for the first of two classes and 255 for the second.
    ///   - reader: How images are read: as RGB of 8 bits by default.
    /// - Throws: ``DatasetError`` for files that are missing, lines that cannot be split, and classes that cannot be
    ///   read.
    public init(
        path: String, root: String? = nil, classCount: Int? = nil, classes: ClassListOption? = nil,
        ignoreIndex: Int? = 255, maskColors: Bool = false, ignoreColor: Color? = nil, binaryMasks: Bool = false,
        reader: ImageReader = ImageReader()
    ) throws(DatasetError) {
        let encoding = MaskEncoding(
            classCount: classCount, classes: classes, ignoreIndex: ignoreIndex, maskColors: maskColors,
            ignoreColor: ignoreColor, binaryMasks: binaryMasks)
        requireOptions("MaskLists", encoding.check)
        let list = MaskList(file: URL(configured: path, isDirectory: false))
        let root = root.map { URL(configured: $0, isDirectory: true) }
        try root?.checkFolder(option: "root")
        let folder = root ?? list.file.deletingLastPathComponent()
        base = try encoding.dataset(of: MaskedFiles.Listing(pairs: list.pairs { folder.file($0) }), reader)
    }
}

extension MaskLists {
    /// Options of ``MaskLists``, with a file for each split.
    struct Options: ImageFileOptions {
        /// The file that lists the training images and masks.
        var train: String?
        /// The file that lists the validation images and masks.
        var validation: String?
        /// The file that lists the test images and masks.
        var test: String?
        /// The folder that paths are relative to; nil for that of the list.
        var root: String?
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
        var pathOptions: [String] { ["train", "validation", "test", "root", "classes"] }

        init() {}

        func validate() throws {
            if train == nil && validation == nil && test == nil {
                throw OptionError("train", "must name the file that lists the training images and masks")
            }
            try MaskEncoding(
                classCount: classCount, classes: classes, ignoreIndex: ignoreIndex, maskColors: maskColors,
                ignoreColor: MaskEncoding.color(ignoreColor), binaryMasks: binaryMasks
            ).check()
            try checkReading()
        }

        func dataset(_ split: Split, _ reader: ImageReader) throws -> any Dataset {
            guard let path = split.choice(train: train, validation: validation, test: test) else {
                throw DatasetError(
                    place: "mask_lists", reason: "no list is given for the split '\(split.rawValue)'",
                    remedy:
                        "Set '\(split.rawValue)' to a file of lines 'image TAB mask', or \(DatasetError.divisionAdvice(split))"
                )
            }
            return try MaskLists(
                path: path, root: root, classCount: classCount, classes: classes, ignoreIndex: ignoreIndex,
                maskColors: maskColors, ignoreColor: MaskEncoding.color(ignoreColor), binaryMasks: binaryMasks,
                reader: reader)
        }
    }
}

/// A text file with an image and its mask on each line.
struct MaskList {
    let file: URL

    /// - Parameter resolve: The file that a path of the list means.
    /// - Throws: ``DatasetError`` for a list that cannot be read, is empty or has a line of another form.
    func pairs(resolve: (String) -> URL) throws(DatasetError) -> [MaskedFiles.Pair] {
        var pairs: [MaskedFiles.Pair] = []
        for (line, place) in try TextLines(file, remedy: "Name a file of lines 'image TAB mask'") {
            let text = line.trimmingCharacters(in: .whitespaces)
            if text.isEmpty { continue }
            let candidates = Self.candidates(in: text).map {
                MaskedFiles.Pair(image: resolve($0.image), mask: resolve($0.mask))
            }
            let existing = candidates.first { $0.mask.isExistingFile && $0.image.isExistingFile }
            // With one way to split it, the error about the missing file says more than one about the line.
            guard let pair = existing ?? (candidates.count == 1 ? candidates.first : nil) else {
                throw DatasetError(
                    place: place,
                    reason: candidates.isEmpty
                        ? "the line names one file"
                        : "no space splits the line into an image and a mask that exist",
                    remedy: "Put a tab between the path of the image and that of the mask, and check both")
            }
            pairs.append(pair)
        }
        if pairs.isEmpty {
            throw DatasetError(place: file.path, reason: "it lists no images", remedy: "Add lines 'image TAB mask'")
        }
        return pairs
    }

    /// Words of a path; a line of more is none of paths.
    private static let longestPath = 256

    /// The ways to split a line in two, the likeliest first.
    private static func candidates(in text: String) -> [(image: String, mask: String)] {
        let spaces = text.indices.reversed().lazy.filter { text[$0] == " " }
        let separators = text.firstIndex(of: "\t").map { [$0] } ?? Array(spaces.prefix(Self.longestPath))
        return separators.compactMap { index in
            let image = text[..<index].trimmingCharacters(in: .whitespaces)
            let mask = text[text.index(after: index)...].trimmingCharacters(in: .whitespaces)
            return image.isEmpty || mask.isEmpty ? nil : (image, mask)
        }
    }
}
