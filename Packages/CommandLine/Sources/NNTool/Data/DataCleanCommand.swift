import ArgumentParser
import Foundation
import NNDatasets
@_spi(Text) import NNLayers
import NNTraining

struct DataCleanCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean", abstract: "Moves broken files away, together with their masks or images.",
        discussion: """
            Reads all data, and moves unreadable files to another folder, where they keep their paths relative to the \
            common folder of the data. Nothing is deleted or overwritten; undo.sh in that folder moves everything back.
            """)

    @Argument(help: "The configuration file.")
    var config: String

    @OptionGroup var options: ConfigOptions

    @Option(name: .customLong("to"), help: ArgumentHelp("The folder for broken files.", valueName: "dir"))
    var destination: String

    @Flag(help: "Print what would be moved, and move nothing.")
    var dryRun = false

    func run(_ tool: Tool) throws {
        // Checked before all data is read.
        if PathKind(of: destination) == .file {
            throw CommandFailure(message: "\(destination) is a file; name a folder with --to")
        }
        let scan = try DataScan(options.load(config, registry: tool.registry), tool)
        let report = try scan.check()
        if let problem = report.findings.first(where: { $0.kind == .unusableSplit && $0.severity == .error }) {
            throw CommandFailure(message: "\(problem)")
        }
        let datasets = try Dictionary(
            uniqueKeysWithValues: report.splits.map { ($0.split, try scan.dataset($0.split)) })
        let moves = try BrokenFileMoves(report, of: datasets, to: URL(fileURLWithPath: destination))
        for move in moves.moves { tool.console.print("\(move.from.path) -> \(move.to.relativePath)") }
        let count = "\(moves.moves.count.grouped) file\(moves.moves.count == 1 ? "" : "s")"
        if moves.moves.isEmpty {
            tool.console.print("no broken files")
        } else if dryRun {
            tool.console.print("\(count) would be moved")
        } else {
            let undo = try moves.perform()
            tool.console.print("\(count) moved; to undo: sh \(undo.relativePath)")
            // The files that were chosen for each split are known to the scan.
            let left = try DataScan(scan.config, tool)
            for split in report.splits.map(\.split) { reportNames(of: split, in: left, moves, tool.console) }
        }
    }

    /// Reports moved files that a data set still names, since files with lists are not changed.
    private func reportNames(of split: Split, in scan: DataScan, _ moves: BrokenFileMoves, _ console: Console) {
        let remedy = "Remove them from its list, or train with data.on_error=skip"
        do {
            let dataset = try scan.dataset(split)
            let moved = Set(moves.moves.map(\.from.path))
            let count = (0..<dataset.count).count { dataset.files(at: $0).contains(where: moved.contains) }
            if count > 0 {
                console.report(
                    "notice: \(split.rawValue) still lists \(count.grouped) samples that were moved. \(remedy).")
            }
        } catch {
            console.report("notice: \(split.rawValue) can no longer be used: \(error) \(remedy).")
        }
    }
}

/// The moves of broken files: all files of each sample of which one is unreadable.
struct BrokenFileMoves {
    struct Move: Equatable {
        let from: URL
        let to: URL
    }

    /// The moves, without those of missing files.
    let moves: [Move]
    private let destination: URL

    /// - Throws: `CommandFailure` if samples are not files, `destination` is within the data, or a file exists
    ///   already where one would be moved.
    init(_ report: DataCheckReport, of datasets: [Split: any Dataset], to destination: URL) throws(CommandFailure) {
        self.destination = destination
        if let group = datasets.values.lazy.compactMap(\.storageGroups.first).first {
            throw CommandFailure(
                message: "the samples lie in shards, such as \(group.path), and cannot be moved; train with "
                    + "data.on_error=skip, or write shards without them: 'nn data shard' with data.on_error=skip")
        }
        let files = datasets.values.flatMap { dataset in (0..<dataset.count).flatMap { dataset.files(at: $0) } }
        if files.isEmpty {
            throw CommandFailure(message: "the samples are not separate files, so they cannot be moved")
        }
        let folders = Set(files.map { Self.components(URL(fileURLWithPath: $0).deletingLastPathComponent()) })
        let root = folders.reduce(folders.first ?? []) { Self.commonPrefix($0, $1) }
        // What is moved into a folder of the data would be read again, or even become a class.
        let target = Self.components(destination)
        if target.count > root.count, target.starts(with: root),
            folders.contains(where: { $0.starts(with: target.prefix(root.count + 1)) })
        {
            throw CommandFailure(message: "\(destination.path) is within the data; choose a folder outside of it")
        }
        var moves: [Move] = []
        var known: Set<String> = []
        for finding in report.findings where finding.kind == .unreadable {
            guard let index = finding.sample, let dataset = datasets[finding.split] else { continue }
            for file in dataset.files(at: index) where Self.exists(file) && known.insert(file).inserted {
                let from = URL(fileURLWithPath: file)
                let path = Self.components(from).dropFirst(root.count).joined(separator: "/")
                moves.append(Move(from: from, to: destination.appending(path: path)))
            }
        }
        if let taken = moves.first(where: { Self.exists($0.to.path) }) {
            throw CommandFailure(message: "\(taken.to.path) already exists; choose another folder")
        }
        self.moves = moves
    }

    /// Moves the files, and writes a script that undoes this, with a line before each move, so that it is complete
    /// whenever the process ends.
    /// - Returns: The script.
    func perform() throws -> URL {
        let manager = FileManager.default
        try manager.createDirectory(at: destination, withIntermediateDirectories: true)
        let script = (1...).lazy.map { destination.appending(path: $0 == 1 ? "undo.sh" : "undo-\($0).sh") }
            .first { !Self.exists($0.path) }!
        try Data("#!/bin/sh\n# Moves everything back, and overwrites nothing.\n".utf8).write(to: script)
        let file = try FileHandle(forWritingTo: script)
        defer { try? file.close() }
        try file.seekToEnd()
        for move in moves {
            let line = "mv -n -- \(Self.quoted(move.to.path)) \(Self.quoted(move.from.path))\n"
            try file.write(contentsOf: Data(line.utf8))
            try manager.createDirectory(at: move.to.deletingLastPathComponent(), withIntermediateDirectories: true)
            try manager.moveItem(at: move.from, to: move.to)
        }
        return script
    }

    private static func components(_ url: URL) -> [String] {
        url.standardizedFileURL.path.split(separator: "/").map(String.init)
    }

    private static func commonPrefix(_ left: [String], _ right: [String]) -> [String] {
        Array(zip(left, right).prefix { $0.0 == $0.1 }.map(\.0))
    }

    /// Whether there is a file, or a link even if it is broken.
    private static func exists(_ path: String) -> Bool {
        (try? FileManager.default.attributesOfItem(atPath: path)) != nil
    }

    private static func quoted(_ path: String) -> String {
        "'" + path.replacing("'", with: "'\\''") + "'"
    }
}
