import Foundation
import NNLayers

/// How mask files encode classes: the part that the options of ``MaskFolders`` and ``MaskLists`` have in common.
struct MaskEncoding {
    /// The number of classes; nil for that of `classes`.
    let classCount: Int?
    /// The classes; nil to number them.
    let classes: ClassListOption?
    /// The label of ignored pixels; nil where every pixel counts.
    let ignoreIndex: Int?
    /// Whether colours, not the stored numbers, stand for classes.
    let maskColors: Bool
    /// The colour of ignored pixels, where colours stand for classes.
    let ignoreColor: Color?
    /// Whether masks are 0 for the first of two classes and 255 for the second.
    let binaryMasks: Bool

    /// Checks what can be checked without reading a file.
    func check() throws(OptionError) {
        if let classCount, !(1...256).contains(classCount) {
            throw OptionError("class_count", "must be from 1 to 256, not \(classCount)")
        }
        if let ignoreIndex, !(0...255).contains(ignoreIndex) {
            throw OptionError(
                "ignore_index", "must be from 0 to 255, or null if every pixel counts, not \(ignoreIndex)")
        }
        if case .list(let list)? = classes, list.isEmpty { throw OptionError("classes", "must name the classes") }
        if classes == nil, classCount == nil, !binaryMasks {
            throw OptionError("class_count", "must be the number of classes, unless 'classes' names them")
        }
        if maskColors, binaryMasks { throw OptionError("binary_masks", "cannot be combined with 'mask_colors'") }
        if maskColors, classes == nil {
            throw OptionError(
                "mask_colors", "needs 'classes' with a colour for each, such as \"road #804080\" in quotes")
        }
        if ignoreColor != nil, !maskColors || ignoreIndex == nil {
            throw OptionError("ignore_color", "needs 'mask_colors: true' and an 'ignore_index'")
        }
    }

    /// The colour of an option, `#RRGGBB`.
    static func color(_ text: String?) throws(OptionError) -> Color? {
        guard let text else { return nil }
        guard let color = Color(code: text) else {
            throw OptionError("ignore_color", "must be written as \"#RRGGBB\", not '\(text)'")
        }
        return color
    }

    /// The data set of some files.
    /// - Throws: ``DatasetError`` for a missing file, or classes that cannot be read.
    func dataset(of files: MaskedFiles.Listing, _ imageReader: ImageReader) throws(DatasetError) -> MaskedFiles {
        let (classes, hasColors) = try classList()
        return try MaskedFiles(
            files, classes: classes, ignoreIndex: ignoreIndex, reader: try reader(for: classes, hasColors: hasColors),
            imageReader: imageReader)
    }

    /// The classes, and whether they state colours.
    func classList() throws(DatasetError) -> (list: ClassList, hasColors: Bool) {
        let expectedCount = classCount ?? (binaryMasks ? 2 : nil)
        guard let classes else {
            return (ClassList(names: (0..<(expectedCount ?? 0)).map(String.init)), false)
        }
        let found = try classes.classes()
        if let expectedCount, found.list.count != expectedCount {
            throw DatasetError(
                place: "classes", reason: "\(found.list.count) are named, but there must be \(expectedCount)",
                remedy: "Fix 'classes' or 'class_count'")
        }
        if found.list.count > 256 {
            throw DatasetError(
                place: "classes", reason: "\(found.list.count) are named, but a mask holds at most 256",
                remedy: "Merge some of them")
        }
        return found
    }

    /// The reader of masks of these classes.
    func reader(for classes: ClassList, hasColors: Bool) throws(DatasetError) -> any MaskReader {
        if binaryMasks { return IndexMaskReader.binary }
        guard maskColors else { return IndexMaskReader(classCount: classes.count, ignoreIndex: ignoreIndex) }
        guard hasColors else {
            throw DatasetError(
                place: "classes", reason: "they have no colours, which 'mask_colors' needs",
                remedy: "Write '#RRGGBB' or 'red green blue' after each name; in YAML in quotes, as # begins a comment")
        }
        guard let ignoreColor, let ignoreIndex else { return ColorMaskReader(classes.colors) }
        return ColorMaskReader(classes.colors, ignored: (UInt8(ignoreIndex), ignoreColor))
    }
}

/// The classes of masks: a name and a colour each, in the order of their indices.
struct ClassList: Sendable {
    var names: [String]
    var colors: [Color]
    /// Whether the colours were stated, and not chosen for display.
    let statesColors: Bool

    var count: Int { names.count }

    init(names: [String], colors: [Color]? = nil) {
        self.names = names
        self.colors = colors ?? Color.classes(names.count)
        statesColors = colors != nil
    }

    init(_ classes: [(String, UInt32)]) {
        self.init(names: classes.map(\.0), colors: classes.map { Color($0.1) })
    }
}

/// The classes of masks: a list of them, or a file with a line for each.
///
/// A class is a name and, optionally, its colour: `road`, `road #804080` or `road 128 64 128`. The lists of labelme, CVAT
/// and CamVid and numbered lists are read as well. Literals of arrays are
/// lists, those of strings are paths: `classes: ["sky", "road"]`, `classes: "classes.txt"`.
public enum ClassListOption: Codable, Hashable, Sendable, ExpressibleByArrayLiteral, ExpressibleByStringLiteral {
    /// The path of a text file.
    case file(String)
    /// A class each.
    case list([String])

    public init(arrayLiteral elements: String...) { self = .list(elements) }
    public init(stringLiteral value: String) { self = .file(value) }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let path = try? container.decode(String.self) {
            self = .file(path)
        } else if let list = try? container.decode([String].self) {
            self = .list(list)
        } else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected the names of the classes, or the path of a file of them")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .file(let path): try container.encode(path)
        case .list(let list): try container.encode(list)
        }
    }

    /// The entries, each with its place for error messages.
    private func entries() throws(DatasetError) -> [(text: String, place: String)] {
        switch self {
        case .list(let list): return list.enumerated().map { ($1, "classes.\($0)") }
        case .file(let path):
            let file = URL(configured: path, isDirectory: false)
            let lines = try TextLines(file, remedy: "Set 'classes' to a text file with a line for each class")
            let entries = lines.filter { !$0.text.allSatisfy(\.isWhitespace) }
            if entries.isEmpty {
                throw DatasetError(
                    place: file.path, reason: "it names no classes", remedy: "Write the name of a class on each line")
            }
            return entries
        }
    }

    /// Reads the classes. If some have colours all must, so that no two are shown alike by accident.
    func classes() throws(DatasetError) -> (list: ClassList, hasColors: Bool) {
        var names: [String] = []
        var colors: [Color] = []
        for entry in try ClassLines(entries()).entries {
            let (name, color) = (entry.name, entry.color)
            func wrong(_ reason: String, _ remedy: String) -> DatasetError {
                DatasetError(place: entry.place, reason: reason, remedy: remedy)
            }
            if name.isEmpty { throw wrong("the class has no name", "Write the name before the colour") }
            if names.contains(name) { throw wrong("the class '\(name)' is named twice", "Rename one of them") }
            if let color, colors.contains(color) {
                throw wrong("'\(name)' has the colour of another class", "Give each class a colour of its own")
            }
            names.append(name)
            if let color { colors.append(color) }
            if !colors.isEmpty && colors.count < names.count {
                throw wrong(
                    "some classes have colours, others have none, such as '\(color == nil ? name : names[0])'",
                    "Write '#RRGGBB' or 'red green blue' after each name, or after none")
            }
        }
        return (ClassList(names: names, colors: colors.isEmpty ? nil : colors), !colors.isEmpty)
    }
}
