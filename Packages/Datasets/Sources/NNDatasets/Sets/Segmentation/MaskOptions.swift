import NNLayers

/// The options of data sets whose masks may be of any kind.
protocol MaskOptions: ComponentOptions {
    /// How many classes there are; nil where `classes` tells it.
    var classCount: Int? { get }
    /// The classes; nil to number them.
    var classes: ClassListOption? { get }
    /// The label of pixels that do not count; nil where all count.
    var ignoreIndex: Int? { get }
    /// Whether the colours of masks, and not the numbers in the file, stand for the classes.
    var maskColors: Bool { get }
    /// The colour of pixels that do not count, where colours stand for classes: `#RRGGBB`.
    var ignoreColor: String? { get }
    /// Whether masks are 0 for the first of two classes and 255 for the second.
    var binaryMasks: Bool { get }
}

extension MaskOptions {
    /// Refuses what contradicts itself, as far as that shows without reading a file.
    func validateMasks() throws {
        if let classCount, !(1...256).contains(classCount) {
            throw OptionError("class_count", "must be from 1 to 256, not \(classCount)")
        }
        if let ignoreIndex, !(0...255).contains(ignoreIndex) {
            throw OptionError(
                "ignore_index", "must be from 0 to 255, or null where all pixels count, not \(ignoreIndex)")
        }
        if case .list(let list)? = classes, list.isEmpty { throw OptionError("classes", "must name the classes") }
        if classes == nil, classCount == nil, !binaryMasks {
            throw OptionError("class_count", "must be the number of classes, unless 'classes' names them")
        }
        if maskColors, binaryMasks { throw OptionError("binary_masks", "cannot be together with 'mask_colors'") }
        if maskColors, classes == nil {
            throw OptionError(
                "mask_colors", "needs 'classes' with a colour for each, such as \"road #804080\" in quotes")
        }
        if let ignoreColor {
            guard Color(hexadecimal: ignoreColor) != nil else {
                throw OptionError("ignore_color", "must be written as \"#RRGGBB\", not '\(ignoreColor)'")
            }
            guard maskColors, ignoreIndex != nil else {
                throw OptionError("ignore_color", "needs 'mask_colors: true' and an 'ignore_index'")
            }
        }
    }

    /// The data set of some files.
    /// - Throws: ``DatasetError`` where a file is missing or the classes cannot be read.
    func dataset(of pairs: [MaskedFiles.Pair]) throws(DatasetError) -> MaskedFiles {
        let (classes, hasColors) = try classList()
        return try MaskedFiles(
            pairs: pairs, classes: classes, ignoreIndex: ignoreIndex,
            reader: try reader(for: classes, hasColors: hasColors))
    }

    private func classList() throws(DatasetError) -> (list: ClassList, hasColors: Bool) {
        let expectedCount = classCount ?? (binaryMasks ? 2 : nil)
        guard let classes else {
            return (ClassList(names: (0..<(expectedCount ?? 0)).map(String.init)), false)
        }
        let found = try classes.classes()
        if let expectedCount, found.list.count != expectedCount {
            throw DatasetError(
                place: "classes", reason: "\(found.list.count) are named, but there must be \(expectedCount)",
                remedy: "Mend 'classes' or 'class_count'")
        }
        if found.list.count > 256 {
            throw DatasetError(
                place: "classes", reason: "\(found.list.count) are named, but a mask holds 256 at most",
                remedy: "Join some of them")
        }
        return found
    }

    private func reader(for classes: ClassList, hasColors: Bool) throws(DatasetError) -> any MaskReader {
        if binaryMasks { return IndexMaskReader.binary }
        guard maskColors else { return IndexMaskReader(classCount: classes.count, ignoreIndex: ignoreIndex) }
        guard hasColors else {
            throw DatasetError(
                place: "classes", reason: "they have no colours, which 'mask_colors' needs",
                remedy: "Write '#RRGGBB' or 'red green blue' after each name; in YAML in quotes, as # begins a comment")
        }
        guard let color = ignoreColor.flatMap({ Color(hexadecimal: $0) }), let label = ignoreIndex else {
            return ColorMaskReader(classes.colors)
        }
        return ColorMaskReader(classes.colors, ignored: (UInt8(label), color))
    }
}
