import Foundation
import NNLayers

/// A folder a split with a folder a class in it, as ImageNet is stored: `train/cat/1.jpg`.
///
/// The classes are the folders of the training split in the order of their names. Files lie at any
/// depth; `.jpg`, `.jpeg` and `.png` in small or capital letters are read, hidden ones are not.
public struct ClassFolders: DatasetSource {
    /// What a configuration may say.
    public struct Options: ComponentOptions {
        /// The folder that holds the splits.
        public var path = ""
        /// The folder of each split within it.
        public var train = "train"
        public var validation = "validation"
        public var test = "test"
        /// The names of the class folders, in the order of their indices; nil to take those of `train`.
        public var classes: [String]?

        public init() {}

        public func validate() throws {
            if path.isEmpty { throw OptionError("path", "must name the folder that holds the splits") }
            if classes?.isEmpty == true { throw OptionError("classes", "must name the class folders, or be left out") }
            if let classes, Set(classes).count < classes.count {
                throw OptionError("classes", "names a class twice")
            }
        }
    }

    public let task = PredictionTask.classification
    private let options: Options
    private var root: URL { URL(configured: options.path, isDirectory: true) }

    public init(_ options: Options) { self.options = options }

    public func dataset(_ split: Split) throws -> any Dataset {
        let folder = try folder(of: split)
        let classNames = try options.classes ?? Self.classFolders(in: self.folder(of: .train))
        let found = Set(try Self.classFolders(in: folder))
        if let stranger = found.subtracting(classNames).min() {
            throw DatasetError(
                place: folder.appending(path: stranger).path,
                reason: "it is none of the \(classNames.count) classes of the training split",
                remedy: "Remove the folder, or add the class to '\(options.train)' or to the option 'classes'")
        }
        // A small validation split may lack a class; training without a single example of one is a mistake.
        if split == .train, let missing = classNames.first(where: { !found.contains($0) }) {
            throw DatasetError(
                place: folder.appending(path: missing).path, reason: "there is no such class folder",
                remedy: "Make it, or take the class out of the option 'classes'")
        }
        var files: [(String, Int)] = []
        for (label, name) in classNames.enumerated() where found.contains(name) {
            let classFolder = folder.appending(path: name)
            let paths = FolderContents(folder: classFolder).imageFiles
            if paths.isEmpty {
                throw DatasetError(
                    place: classFolder.path, reason: "the class has no .jpg, .jpeg or .png file",
                    remedy: "Add images, or remove the folder")
            }
            files += paths.map { (classFolder.appending(path: $0).path, label) }
        }
        return LabelledFiles(files: files, classNames: classNames)
    }

    private func folder(of split: Split) throws(DatasetError) -> URL {
        guard root.isExistingFolder else {
            throw DatasetError(
                place: root.path, reason: "there is no such folder",
                remedy: "Set 'path' to the folder that holds '\(options.train)'")
        }
        let name = split.choice(options.train, options.validation, options.test)
        let folder = root.appending(path: name, directoryHint: .isDirectory)
        guard folder.isExistingFolder else {
            let present = FolderContents(folder: root).folders.joined(separator: ", ")
            throw DatasetError(
                place: folder.path, reason: "there is no such folder",
                remedy: "Set '\(split.rawValue)' to one of: \(present.isEmpty ? "(there are none)" : present)")
        }
        return folder
    }

    private static func classFolders(in folder: URL) throws(DatasetError) -> [String] {
        let names = FolderContents(folder: folder).folders
        guard !names.isEmpty else {
            throw DatasetError(
                place: folder.path, reason: "it holds no class folders",
                remedy: "Put the images of each class into a folder of its own, named as the class")
        }
        return names
    }
}

/// Image files, each with the index of its class.
struct LabelledFiles: Dataset {
    var files: [(path: String, label: Int)]
    var classNames: [String]

    var count: Int { files.count }

    func sample(at index: Int) throws -> Sample {
        let (path, label) = files[index]
        return Sample(image: try Image(contentsOf: URL(filePath: path)), target: .label(label), name: path)
    }

    func files(at index: Int) -> [String] { [files[index].path] }
    func labelCounts(at index: Int) -> [Int: Int] { [files[index].label: 1] }
}
