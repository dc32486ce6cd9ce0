import Foundation
import NNDatasets
import NNLayers
@_spi(Internal) import NNTraining

extension YOLODataset {
    /// What `data.yaml` says.
    /// - Parameter split: The split to read; nil for all.
    /// - Throws: ``ConfigError`` for what is no YAML, has no names, or no split.
    init(configuredBy file: URL, only split: Split?) throws {
        let root = try YAMLReader.read(file: file.relativePath)
        func wrong(_ message: String, _ remedy: String, at node: ConfigNode? = nil) -> ConfigError {
            ConfigError(message, remedy: remedy, place: node?.place ?? ConfigPlace(source: file.relativePath))
        }
        func name(_ node: ConfigNode) throws(ConfigError) -> String {
            switch node.content {
            case .string(let text): return text
            case .integer(let number): return "\(number)"
            default: throw wrong("the name of a class is \(node)", "write a word in quotes", at: node)
            }
        }
        var names: [String] = []
        if let list = root["names"]?.elements {
            for node in list { names.append(try name(node)) }
        } else if let entries = root["names"]?.entries {
            let numbers = entries.compactMap { Int($0.key) }
            guard numbers.count == entries.count, numbers.sorted() == Array(0..<entries.count) else {
                throw wrong("'names' are not numbered from 0 on", "number them 0, 1, 2 ...", at: root["names"])
            }
            for entry in entries.sorted(by: { Int($0.key)! < Int($1.key)! }) { names.append(try name(entry.value)) }
        } else {
            throw wrong("it has no 'names'", "name the data.yaml of a YOLO data set")
        }
        if let count = root["nc"], case .integer(let number) = count.content, number != names.count {
            throw wrong(
                "'nc' is \(number), and 'names' has \(names.count)", "name each class, or remove 'nc'", at: count)
        }
        let base = URL(
            fileURLWithPath: root["path"]?.string ?? "", relativeTo: file.deletingLastPathComponent())
        let keys: [(Split, [String])] = [(.train, ["train"]), (.validation, ["val", "validation"]), (.test, ["test"])]
        var splits: [Split: [URL]] = [:]
        for (key, spellings) in keys where split == nil || split == key {
            guard let node = spellings.lazy.compactMap({ root[$0] }).first, !node.isNull else { continue }
            splits[key] = (node.elements ?? [node]).compactMap(\.string).map { path in
                Self.folder(path, within: base, beside: file)
            }
        }
        if splits.values.allSatisfy(\.isEmpty) {
            throw wrong("it names no images", "write 'train' and 'val' with the folders of the images")
        }
        self.init(names: names, splits: splits, file: file)
    }

    /// The folder of a split: within `path` and, as exports of Roboflow need it, beside the file whatever leads up.
    private static func folder(_ path: String, within root: URL, beside file: URL) -> URL {
        let folder = URL(fileURLWithPath: path, relativeTo: root)
        if PathKind(of: folder.path) != .nothing { return folder }
        let bare = path.split(separator: "/").drop { $0 == ".." || $0 == "." }.joined(separator: "/")
        let beside = URL(fileURLWithPath: bare, relativeTo: file.deletingLastPathComponent())
        return PathKind(of: beside.path) != .nothing ? beside : folder
    }
}
