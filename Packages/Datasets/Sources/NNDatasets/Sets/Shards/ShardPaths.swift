import Foundation
import NNLayers

/// The shards of a split, by a pattern: `train-{000000..000146}.tar` names each, `val-*.tar` those that are there.
struct ShardPaths {
    let root: URL
    let split: Split
    /// The pattern of an option; nil for the usual names.
    let pattern: String?

    /// The patterns that are tried in turn without one of an option.
    private static let usual: [Split: [String]] = [
        .train: ["train*.tar", "train/*.tar"], .validation: ["val*.tar", "val*/*.tar"],
        .test: ["test*.tar", "test/*.tar"],
    ]
    /// More shards are a mistake in a range.
    private static let limit = 1_000_000

    private var patterns: [String] { pattern.map { [$0] } ?? Self.usual[split] ?? [] }

    /// The paths of all shards, in the order of the pattern and by name.
    /// - Throws: ``DatasetError`` where there are none, or one that a range names is missing.
    func all() throws(DatasetError) -> [String] {
        for pattern in patterns {
            var paths: [String] = []
            for name in try Self.expanded(pattern) {
                let isWild = name.contains { "*?[".contains($0) }
                let found = isWild ? matches(of: name) : [url(name).path]
                if !isWild, !url(name).isExistingFile {
                    throw DatasetError(
                        place: url(name).path, reason: "there is no such shard",
                        remedy: "Add it, or fix '\(split.rawValue)', which is '\(pattern)'")
                }
                paths += found
            }
            if Set(paths).count < paths.count {
                throw DatasetError(
                    place: root.path, reason: "'\(pattern)' names a shard twice", remedy: "Fix '\(split.rawValue)'")
            }
            if !paths.isEmpty { return paths }
        }
        let contents = FolderContents(folder: root)
        let files = contents.files(["tar"]).sorted()
        let shown = files.isEmpty ? contents.folderText : files.prefix(3).joined(separator: ", ")
        throw DatasetError(
            place: root.path, reason: "no file is called \(patterns.map { "'\($0)'" }.joined(separator: " or "))",
            remedy: "Set '\(split.rawValue)' to a pattern such as 'train-*.tar'; in the folder there are: \(shown)")
    }

    private func url(_ path: String) -> URL { path.hasPrefix("/") ? URL(filePath: path) : root.appending(path: path) }

    /// The files that a pattern with wildcards matches, sorted by name.
    private func matches(of pattern: String) -> [String] {
        var folders = [pattern.hasPrefix("/") ? URL(filePath: "/") : root]
        let parts = pattern.split(separator: "/").map(String.init)
        for part in parts.dropLast() {
            folders = folders.flatMap { folder in
                FolderContents(folder: folder).folders.filter { Self.matches($0, part) }
                    .map { folder.appending(path: $0, directoryHint: .isDirectory) }
            }
        }
        return folders.flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
                .filter { Self.matches($0, parts.last ?? "") && folder.appending(path: $0).isExistingFile }
                .map { folder.appending(path: $0).path }
        }
    }

    /// Hidden files are matched by no wildcard.
    private static func matches(_ name: String, _ pattern: String) -> Bool { fnmatch(pattern, name, FNM_PERIOD) == 0 }

    /// The names of a pattern with braces: `{a,b}`, and ranges such as `{000..146}`, whose numbers have as many digits.
    static func expanded(_ pattern: String) throws(DatasetError) -> [String] {
        func wrong(_ reason: String) -> DatasetError {
            DatasetError(
                place: pattern, reason: reason, remedy: "Write a range as {000000..000146}, and other names as {a,b}")
        }
        guard let open = pattern.firstIndex(of: "{") else {
            if pattern.contains("}") { throw wrong("a brace is closed that was not opened") }
            return [pattern]
        }
        guard let close = pattern[open...].firstIndex(of: "}") else { throw wrong("a brace is not closed") }
        let inside = pattern[pattern.index(after: open)..<close]
        if inside.contains("{") { throw wrong("braces are within others") }
        var choices = inside.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        if let dots = inside.firstRange(of: "..") {
            let (first, last) = (inside[..<dots.lowerBound], inside[dots.upperBound...])
            guard let start = UInt32(first), let end = UInt32(last), start <= end else {
                throw wrong("'{\(inside)}' is no range of numbers that ascend")
            }
            guard Int(end - start) < limit else { throw wrong("'{\(inside)}' are more than \(limit) shards") }
            let isPadded = first.hasPrefix("0") || last.hasPrefix("0")
            let width = isPadded ? max(first.count, last.count) : 0
            choices = (start...end).map { ShardExport.digits(Int($0), width) }
        }
        let rests = try expanded(String(pattern[pattern.index(after: close)...]))
        guard choices.count * rests.count <= limit else { throw wrong("it names more than \(limit) shards") }
        return choices.flatMap { choice in rests.map { pattern[..<open] + choice + $0 } }
    }
}
