import ArgumentParser
import NNDatasets
import Foundation
@_spi(Text) import NNLayers
import NNTraining

struct DataCleanCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean", abstract: "Moves broken files away, with the masks or pictures that belong to them.",
        discussion: """
            Reads all data, and moves files that cannot be read to another folder, where they keep their paths \
            relative to the folder of all the data. Nothing is deleted or overwritten; undo.sh in that folder puts \
            everything back.
            """)

    @Argument(help: "The configuration file.")
    var config: String

    @OptionGroup var options: ConfigOptions

    @Option(name: .customLong("to"), help: ArgumentHelp("Where broken files go.", valueName: "dir"))
    var destination: String

    @Flag(help: "Say what would be moved, and move nothing.")
    var dryRun = false

    func run(_ tool: Tool) throws {
        // Before all data is read.
        if PathKind(of: destination) == .file {
            throw CommandFailure(message: "\(destination) is a file; name a folder with --to")
        }
        let scan = try DataScan(options.load(config, registry: tool.registry), tool)
        let report = scan.check()
        if let problem = report.findings.first(where: { $0.kind == .unusableSplit && $0.severity == .error }) {
            throw CommandFailure(message: "\(problem)")
        }
        let datasets = try Dictionary(
            uniqueKeysWithValues: report.splits.map { ($0.split, try scan.source.dataset($0.split)) })
        let moves = try BrokenFileMoves(report, of: datasets, to: URL(fileURLWithPath: destination))
        for move in moves.moves { tool.console.print("\(move.from.path) -> \(move.to.relativePath)") }
        let count = "\(moves.moves.count.grouped) file\(moves.moves.count == 1 ? "" : "s")"
        if moves.moves.isEmpty {
            tool.console.print("no file is broken")
        } else if dryRun {
            tool.console.print("\(count) would be moved")
        } else {
            let undo = try moves.perform()
            tool.console.print("\(count) moved; to put them back: sh \(undo.relativePath)")
            for split in report.splits.map(\.split) { reportNames(of: split, in: scan, moves, tool.console) }
        }
    }

    /// Lists of files are not changed, so that a data set may still name what was moved.
    private func reportNames(of split: Split, in scan: DataScan, _ moves: BrokenFileMoves, _ console: Console) {
        let remedy = "Take them out of its list, or train with data.on_error=skip"
        do {
            let dataset = try scan.source.dataset(split)
            let moved = Set(moves.moves.map(\.from.path))
            let count = (0..<dataset.count).count { dataset.files(at: $0).contains(where: moved.contains) }
            if count > 0 {
                console.report(
                    "notice: \(split.rawValue) still names \(count.grouped) samples that were moved. \(remedy).")
            }
        } catch {
            console.report("notice: \(split.rawValue) cannot be used as it is now: \(error) \(remedy).")
        }
    }
}
