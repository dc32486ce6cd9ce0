import Foundation
import NNLayers

/// Text files that list a picture and its mask on each line, with a tab or a space between them.
///
/// Paths may hold spaces: without a tab, the last space that leaves two existing files parts them. Lines may
/// end as on Windows; empty ones do not count.
public struct MaskLists: DatasetSource {
    /// What a configuration may say.
    public struct Options: MaskOptions {
        /// The list of each split.
        public var train: String?
        public var validation: String?
        public var test: String?
        /// The folder that paths are relative to; null for that of the list.
        public var root: String?
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
            if train == nil && validation == nil && test == nil {
                throw OptionError("train", "must name the file that lists the training pictures and masks")
            }
            try validateMasks()
        }
    }

    public let task = PredictionTask.segmentation
    private let options: Options

    public init(_ options: Options) { self.options = options }

    public func dataset(_ split: Split) throws -> any Dataset {
        guard let path = split.choice(options.train, options.validation, options.test) else {
            throw DatasetError(
                place: "mask_lists", reason: "no list is given for the split '\(split.rawValue)'",
                remedy: "Set '\(split.rawValue)' to a file of lines 'picture TAB mask'")
        }
        let list = MaskList(file: URL(configured: path, isDirectory: false))
        let root = options.root.map { URL(configured: $0, isDirectory: true) }
        try root?.requireFolder(option: "root")
        let folder = root ?? list.file.deletingLastPathComponent()
        return try options.dataset(of: list.pairs { folder.file($0) })
    }
}

/// A text file with a picture and its mask on each line.
struct MaskList {
    let file: URL

    /// - Parameter resolve: the file that a path of the list means.
    /// - Throws: ``DatasetError`` where the list cannot be read, has no lines or a line of another form.
    func pairs(resolve: (String) -> URL) throws(DatasetError) -> [MaskedFiles.Pair] {
        var pairs: [MaskedFiles.Pair] = []
        for (line, place) in try TextLines(file, remedy: "Name a file of lines 'picture TAB mask'") {
            let text = line.trimmingCharacters(in: .whitespaces)
            if text.isEmpty { continue }
            let candidates = Self.partings(of: text).map {
                MaskedFiles.Pair(image: resolve($0.image), mask: resolve($0.mask))
            }
            let existing = candidates.first { $0.mask.isExistingFile && $0.image.isExistingFile }
            // With one way to part it, the error about the missing file says more than one about the line.
            guard let pair = existing ?? (candidates.count == 1 ? candidates.first : nil) else {
                throw DatasetError(
                    place: place,
                    reason: candidates.isEmpty
                        ? "the line names one file" : "no space parts the line into a picture and a mask that exist",
                    remedy: "Put a tab between the path of the picture and that of the mask, and check both")
            }
            pairs.append(pair)
        }
        if pairs.isEmpty {
            throw DatasetError(
                place: file.path, reason: "it lists no pictures", remedy: "Add lines 'picture TAB mask'")
        }
        return pairs
    }

    /// The ways to part a line in two, the likeliest first.
    private static func partings(of text: String) -> [(image: String, mask: String)] {
        let separators =
            text.firstIndex(of: "\t").map { [$0] } ?? text.indices.filter { text[$0] == " " }.reversed()
        return separators.compactMap { index in
            let image = text[..<index].trimmingCharacters(in: .whitespaces)
            let mask = text[text.index(after: index)...].trimmingCharacters(in: .whitespaces)
            return image.isEmpty || mask.isEmpty ? nil : (image, mask)
        }
    }
}
