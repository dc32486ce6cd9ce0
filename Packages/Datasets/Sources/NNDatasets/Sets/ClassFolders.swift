import Foundation
import NNLayers

/// Images in a folder for each class, in a folder for each split, as ImageNet is stored: `train/cat/1.jpg`.
///
/// The classes are the folders of the training split, sorted by name. Files may be at any depth; those with an ending of
/// a format, `.jpg`, `.jpeg`, `.jfif` and `.png` in lower or upper case, are read, hidden ones are skipped.
///
/// Without a folder `train`, the folders of `path` are the classes, and all images are training samples, which
/// ``StratifiedSplit`` divides. With a `pattern`, names of files contain the class instead of folders: `cat.0.jpg`.
///
/// ```swift
/// let train = try ClassFolders(path: "data/cats")
/// let validation = try ClassFolders(path: "data/cats", split: .validation)
/// let kaggle = try ClassFolders(path: "dogs-vs-cats", pattern: "{class}.{number}.jpg")
/// ```
public struct ClassFolders: ForwardingDataset {
    let base: any Dataset

    /// - Parameters:
    ///   - path: The folder of the splits.
    ///   - split: The split to open.
    ///   - train: The folder of each split within `path`.
    ///   - classes: The class folders in the order of their indices; nil for those of the training split.
    ///   - pattern: The names of the files, in which `{class}` is the class, `{number}` are digits and `*` is anything; nil,
    ///     the default, for class folders.
    ///   - reader: How files are read: as RGB of 8 bits by default.
    /// - Throws: ``DatasetError`` for folders that are missing, empty or of no class.
    public init(
        path: String, split: Split = .train, train: String = "train", validation: String = "validation",
        test: String = "test", classes: [String]? = nil, pattern: String? = nil, reader: ImageReader = ImageReader()
    ) throws(DatasetError) {
        requireOptions("ClassFolders") { try Self.check(path: path, classes: classes, pattern: pattern) }
        let root = URL(configured: path, isDirectory: true)
        guard root.isExistingFolder else {
            throw DatasetError(
                place: root.path, reason: "there is no such folder",
                remedy: "Set 'path' to the folder that holds '\(train)'")
        }
        let pattern = pattern.flatMap { try? FileNamePattern($0) }
        let splits = SplitFolders(root: root, names: [train, validation, test], pattern: pattern, reader: reader)
        let folder = try splits.folder(split)
        if let pattern {
            let named = NamedFiles(folder: folder, pattern: pattern, reader: reader)
            let training =
                split == .train
                ? named : try NamedFiles(folder: splits.folder(.train), pattern: pattern, reader: reader)
            base = try named.dataset(of: classes ?? training.classNames, split)
            return
        }
        let classNames = if let classes { classes } else { try Self.classFolders(in: splits.folder(.train)) }
        let found = try Self.classFolders(in: folder)
        if let unknown = found.first(where: { !classNames.contains($0) }) {
            throw DatasetError(
                place: folder.appending(path: unknown).path,
                reason: "it is none of the \(classNames.count) classes of the training split",
                remedy: "Remove the folder, or add the class to '\(train)' or to the option 'classes'")
        }
        // A small validation split may lack a class; training without a single example of one is a mistake.
        if split == .train, let missing = classNames.first(where: { !found.contains($0) }) {
            throw DatasetError(
                place: folder.appending(path: missing).path, reason: "there is no such class folder",
                remedy: "Create it, or remove the class from the option 'classes'")
        }
        base = try Self.files(in: folder, of: classNames, found, reader)
    }

    private static func files(
        in folder: URL, of classNames: [String], _ found: [String], _ reader: ImageReader
    ) throws(DatasetError) -> LabelledFiles {
        var files: [(String, Int)] = []
        var unread = UnreadFiles()
        for name in FolderContents(folder: folder).files(reader.fileExtensions) {
            unread.add(folder.appending(path: name).path, .outsideClasses)
        }
        for (label, name) in classNames.enumerated() {
            // The folder may have the name in another Unicode form: macOS decomposes letters with accents. Strings of
            // both forms are equal, paths are not.
            guard let spelling = found.first(where: { $0 == name }) else { continue }
            let classFolder = folder.appending(path: spelling)
            let (paths, others) = FolderContents(folder: classFolder).imageFiles(reader.fileExtensions)
            unread.add(others)
            if paths.isEmpty {
                throw DatasetError(
                    place: classFolder.path,
                    reason: "the class has no \(reader.extensionText) file" + (others.text.map { "; \($0)" } ?? ""),
                    remedy: "Add images, or remove the folder")
            }
            files += paths.map { (classFolder.appending(path: $0).path, label) }
        }
        return LabelledFiles(files: files, classNames: classNames, imageReader: reader, unreadFiles: unread)
    }

    private static func classFolders(in folder: URL) throws(DatasetError) -> [String] {
        if let name = FolderContents(folder: folder).undecodableFolders.first {
            throw DatasetError(
                place: folder.appending(path: name).path, reason: "the name of the class folder is not UTF-8",
                remedy: "Rename it, for instance by 'convmv -f LATIN1 -t UTF-8'")
        }
        let names = FolderContents(folder: folder).folders
        guard !names.isEmpty else {
            let names = FolderContents(folder: folder).files(ImageReader().fileExtensions)
            let pattern = FileNamePattern.guess(from: names)
            throw DatasetError(
                place: folder.path, reason: "it holds no class folders",
                remedy: "Put the images of each class into a folder named after it"
                    + (pattern.map { ", or set 'pattern' to \"\($0.text)\"" } ?? ""))
        }
        for (name, next) in zip(names, names.dropFirst()) where name == next {
            throw DatasetError(
                place: folder.appending(path: name).path,
                reason: "two folders have this name, in different Unicode forms (composed and decomposed)",
                remedy: "Move the images of one into the other")
        }
        return names
    }

    fileprivate static func check(path: String, classes: [String]?, pattern: String?) throws(OptionError) {
        if path.isEmpty { throw OptionError("path", "must name the folder that holds the splits") }
        if let pattern { _ = try FileNamePattern(pattern) }
        if classes?.isEmpty == true { throw OptionError("classes", "must name the class folders, or be left out") }
        if let classes, Set(classes).count < classes.count { throw OptionError("classes", "names a class twice") }
    }
}

extension ClassFolders {
    /// Options of ``ClassFolders``.
    struct Options: ImageFileOptions {
        /// The folder of the splits; without a folder `train` in it, that of the classes, for `data.split`.
        var path = ""
        /// The folder of the training split within it.
        var train = "train"
        /// The folder of the validation split.
        var validation = "validation"
        /// The folder of the test split.
        var test = "test"
        /// The class folders in the order of their indices; nil for those of the training split.
        var classes: [String]?
        /// The names of the files where there are no class folders, such as `{class}.{number}.jpg` for `cat.0.jpg`:
        /// `{class}` is the class, `{number}` are digits, `*` is anything. Null, the default, for class folders.
        var pattern: String?
        /// The number of channels: 3 for colours, 1 for grey, 4 with opacity; files of other bands must have as many.
        var channels = 3
        /// 8 to scale samples of 16 bits to 8, 16 to keep them; null for 8 with three channels and 16 with others.
        var bits: Int?
        /// Whether the EXIF orientation of images is applied: `apply`, or `ignore` to leave them as they are stored.
        var orientation = OrientationPolicy.apply
        /// The indices of the channels that are shown as red, green and blue; null for the first three.
        var viewChannels: [Int]?
        /// Whether JPEG files are decoded at a fraction of their size where the first transform makes images smaller, which
        /// is faster: `reduced`, or `full`.
        var decoding = DecodingPolicy.reduced
        var task: PredictionTask { .classification }

        init() {}

        func validate() throws {
            try ClassFolders.check(path: path, classes: classes, pattern: pattern)
            try checkReading()
        }

        func dataset(_ split: Split, _ reader: ImageReader) throws -> any Dataset {
            try ClassFolders(
                path: path, split: split, train: train, validation: validation, test: test, classes: classes,
                pattern: pattern, reader: reader)
        }
    }
}

/// Image files with a class index each.
struct LabelledFiles: Dataset {
    var files: [(path: String, label: Int)]
    var classNames: [String]
    var imageReader = ImageReader()
    var unreadFiles = UnreadFiles()

    var count: Int { files.count }

    func sample(at index: Int) throws -> Sample {
        let (path, label) = files[index]
        return try imageReader.sample(contentsOf: URL(filePath: path), target: .label(label), name: path)
    }

    func sample(at index: Int, atLeast size: Size) throws -> Sample {
        let (path, label) = files[index]
        return try imageReader.sample(
            contentsOf: URL(filePath: path), target: .label(label), name: path, atLeast: size)
    }

    func files(at index: Int) -> [String] { [files[index].path] }
    func target(at index: Int) -> Target { .label(files[index].label) }
    func labelCounts(at index: Int) -> [Int: Int] { [files[index].label: 1] }
}
