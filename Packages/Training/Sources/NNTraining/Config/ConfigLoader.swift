import Foundation
import NNLayers

/// Loads a configuration file with the files that it is based on.
///
/// `_base_` names a file, or a list of files that each override the one before, relative to the file
/// that names them. The file overrides its bases: mappings are merged key by key, everything else is replaced.
public enum ConfigLoader {
    private static let baseKey = "_base_"

    /// Loads a file with its bases, and applies overrides.
    /// - Parameters:
    ///   - path: The path of the file, as messages will name it.
    ///   - overrides: Overrides such as `optimizer.lr=0.05`, applied in order; none by default.
    /// - Throws: `ConfigError` with the problem of a file, or with all overrides that cannot be applied.
    public static func load(_ path: String, overrides: [String] = []) throws(ConfigError) -> ConfigNode {
        var node = try load(path, below: [], namedAt: nil)
        if isOfRun(path) { node = node.withOrientationOfOldRun().withDecodingOfOldRun() }
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
    ///   - chain: The files that led here, each based on the next.
    ///   - place: Where the last of them names this one.
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

    /// Whether a file is the configuration that a run wrote.
    private static func isOfRun(_ path: String) -> Bool {
        let file = URL(fileURLWithPath: path)
        guard let run = try? RunDirectory(existing: file.deletingLastPathComponent()) else { return false }
        return file.lastPathComponent == run.configFile.lastPathComponent
            && RunDirectory.CheckpointName.allCases.contains(where: run.has)
    }

    /// Resolves a path relative to the folder of the file that contains it.
    private static func beside(_ path: String, _ file: String) -> String {
        guard !file.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return file }
        return path[...slash] + file
    }

    /// The canonical path of a file.
    private static func identity(_ path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
    }
}
