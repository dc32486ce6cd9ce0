import Foundation

/// The folders of the splits of ``ClassFolders``, or the one folder of a data set that is not divided.
struct SplitFolders {
    let root: URL
    /// The folders of the training, validation and test split.
    let names: [String]
    let pattern: FileNamePattern?
    let reader: ImageReader

    /// Words that name splits and not classes.
    private static let splitWords: Set<String> = [
        "train", "training", "val", "valid", "validation", "dev", "eval", "test", "testing", "holdout",
    ]

    /// The folder of a split.
    /// - Throws: ``DatasetError`` where there is none.
    func folder(_ split: Split) throws(DatasetError) -> URL {
        let name = split.choice(train: names[0], validation: names[1], test: names[2])
        let folder = root.appending(path: name, directoryHint: .isDirectory)
        if folder.isExistingFolder { return folder }
        if isUndivided {
            if split == .train { return root }
            throw DatasetError.undivided(split, place: root.path, "it is not divided into splits")
        }
        let contents = FolderContents(folder: root)
        let files = contents.files(reader.fileExtensions)
        if split == .train, contents.folders.isEmpty, let guess = FileNamePattern.guess(from: files) {
            throw DatasetError(
                place: root.path, reason: "it has images and no folders",
                remedy:
                    "Put the images of each class into a folder named after it, or set 'pattern' to \"\(guess.text)\"")
        }
        let others = "Set '\(split.rawValue)' to one of: \(contents.folderText)"
        throw DatasetError(
            place: folder.path, reason: "there is no such folder",
            remedy: split == .validation ? "\(others), or \(DatasetError.divisionAdvice(split))" : others)
    }

    /// Whether the root holds classes instead of splits.
    private var isUndivided: Bool {
        // A folder that was named otherwise is missing.
        guard names[0] == "train", !names.contains(where: { root.appending(path: $0).isExistingFolder }) else {
            return false
        }
        let contents = FolderContents(folder: root)
        if let pattern {
            return contents.imageFiles(reader.fileExtensions).paths.contains { pattern.className(in: $0) != nil }
        }
        let folders = contents.folders
        let words = folders.flatMap { $0.lowercased().split { !$0.isLetter }.map(String.init) }
        if folders.isEmpty || words.contains(where: Self.splitWords.contains) { return false }
        let inner = folders.map { FolderContents(folder: root.appending(path: $0)) }
        if inner.contains(where: { !$0.files(reader.fileExtensions).isEmpty }) { return true }
        // Folders that hold the same folders are splits of other names.
        let shared = inner.dropFirst().reduce(Set(inner[0].folders)) { $0.intersection($1.folders) }
        return shared.isEmpty || inner.count == 1
    }
}

/// Image files whose names contain their class.
struct NamedFiles {
    private let folder: URL
    private let reader: ImageReader
    private let pattern: FileNamePattern
    private var files: [(path: String, name: String)] = []
    private var unread: UnreadFiles

    init(folder: URL, pattern: FileNamePattern, reader: ImageReader) {
        (self.folder, self.reader, self.pattern) = (folder, reader, pattern)
        let (paths, others) = FolderContents(folder: folder).imageFiles(reader.fileExtensions)
        unread = others
        for path in paths {
            let file = folder.appending(path: path).path
            if let name = pattern.className(in: path) {
                files.append((file, name))
            } else {
                unread.add(file, .otherName)
            }
        }
    }

    /// The classes, sorted by name.
    var classNames: [String] { Set(files.map(\.name)).sorted() }

    /// - Throws: ``DatasetError`` where no file matches, and for files of no class.
    func dataset(of classNames: [String], _ split: Split) throws(DatasetError) -> LabelledFiles {
        if files.isEmpty {
            throw DatasetError(
                place: folder.path, reason: "no \(reader.extensionText) file has a name like \"\(pattern.text)\"",
                remedy: unread.example.map { "Change 'pattern' to fit files such as \($0)" } ?? "Add images")
        }
        let labels = Dictionary(uniqueKeysWithValues: classNames.enumerated().map { ($1, $0) })
        var labelled: [(path: String, label: Int)] = []
        for (path, name) in files {
            guard let label = labels[name] else {
                throw DatasetError(
                    place: path,
                    reason: "its class '\(name)' is none of the \(classNames.count) classes of the training split",
                    remedy: "Remove the file, or add the class to the option 'classes'")
            }
            labelled.append((path, label))
        }
        if split == .train, let missing = classNames.first(where: { name in !files.contains { $0.name == name } }) {
            throw DatasetError(
                place: folder.path, reason: "no file has the class '\(missing)'",
                remedy: "Add images, or remove the class from the option 'classes'")
        }
        return LabelledFiles(files: labelled, classNames: classNames, imageReader: reader, unreadFiles: unread)
    }
}

extension DatasetError {
    /// How to go on without files for a split.
    static func divisionAdvice(_ split: Split) -> String {
        split == .test
            ? "add 'split: {test: 0.1}' to 'data'"
            : "add 'split: {validation: 0.2}' to 'data', or 'validation: false' to train without validation"
    }

    /// The error of a split that a data set does not have because it is one set.
    static func undivided(_ split: Split, place: String, _ reason: String) -> DatasetError {
        let advice = divisionAdvice(split)
        return DatasetError(
            place: place, reason: "\(reason), and has no \(split.rawValue) images of its own",
            remedy: advice.prefix(1).uppercased() + advice.dropFirst())
    }
}
