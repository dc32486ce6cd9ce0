import Foundation
import NNLayers

/// Reads a configuration file with the files that it is based on.
///
/// `_base_` names a file, or a list of files that each go over the one before, relative to the file
/// that names them. The file goes over them: mappings are joined key by key, all else is replaced.
public enum ConfigLoader {
    private static let baseKey = "_base_"

    /// Reads a file, its bases, and changes from the command line.
    /// - Parameter overrides: as in `optimizer.lr=0.05`; applied in this order.
    /// - Throws: ``ConfigError``; for the overrides, every one that cannot be applied.
    public static func load(_ path: String, overrides: [String] = []) throws(ConfigError) -> ConfigNode {
        var node = try load(path, below: [], namedAt: nil)
        var problems: [ConfigError.Problem] = []
        for text in overrides {
            do {
                node = try ConfigOverride(text).applied(to: node)
            } catch {
                problems += error.problems
            }
        }
        if !problems.isEmpty { throw ConfigError(problems) }
        return node
    }

    /// - Parameters:
    ///   - chain: the files that led here, each naming the next.
    ///   - place: where the last of them names this one.
    private static func load(
        _ path: String, below chain: [String], namedAt place: ConfigPlace?
    ) throws(ConfigError) -> ConfigNode {
        let chain = chain + [path]
        if chain.dropLast().contains(where: { identity($0) == identity(path) }) {
            throw ConfigError(
                "files are based on each other: " + chain.joined(separator: " -> "),
                remedy: "remove one \(baseKey)", place: place, keyPath: baseKey)
        }
        if let place, !FileManager.default.fileExists(atPath: path) {
            throw ConfigError(
                "there is no file '\(path)'", remedy: "check the path, which is relative to this file", place: place,
                keyPath: baseKey)
        }
        var node = try YAMLReader.read(file: path)
        guard var entries = node.entries else {
            throw ConfigError("expected a mapping of keys to values, found \(node)", at: node)
        }
        guard let index = entries.firstIndex(where: { $0.key == baseKey }) else { return node }
        let base = entries.remove(at: index).value
        node.content = .mapping(entries)
        var result = ConfigNode(.mapping([]))
        for name in base.elements ?? [base] {
            guard let file = name.string, !file.isEmpty else {
                throw ConfigError("expected the path of a file, found \(name)", at: name)
            }
            result = try load(beside(path, file), below: chain, namedAt: name.place).merged(over: result)
        }
        return node.merged(over: result).moved(to: "")
    }

    /// The path of a file that another names: relative to the folder of that one, unless absolute.
    private static func beside(_ path: String, _ file: String) -> String {
        guard !file.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return file }
        return path[...slash] + file
    }

    /// The same for every path of one file.
    private static func identity(_ path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
    }
}
