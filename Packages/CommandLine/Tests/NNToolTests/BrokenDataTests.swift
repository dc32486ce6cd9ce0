@_spi(Internal) import NNDatasets
import Foundation
import Testing
import NNTraining

@testable import NNTool

/// What the tool does with findings: lists, moves of broken files, and the cache of data checks.
@Suite struct BrokenDataTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Class folders whose files are images by name only.
    func makeData() throws -> [Split: any Dataset] {
        for split in ["train", "validation"] {
            for file in ["cat/it's 1.png", "dog/1.png", "dog/2.png"] {
                try folder.write("\(split) \(file)", to: "data/\(split)/\(file)")
            }
        }
        let path = folder.url.appending(path: "data").path
        return [.train: try ClassFolders(path: path), .validation: try ClassFolders(path: path, split: .validation)]
    }

    func report(_ datasets: [Split: any Dataset]) -> DataCheckReport {
        var check = DataCheck()
        check.splits = [.train, .validation]
        return check.run { datasets[$0]! }
    }

    @Test func brokenFilesAreMovedAndComeBack() throws {
        let datasets = try makeData()
        let before = folder.files
        let contents = try folder.text("data/train/cat/it's 1.png")
        let destination = folder.url.appending(path: "broken")
        let moves = try BrokenFileMoves(report(datasets), of: datasets, to: destination)
        #expect(folder.files == before)
        let script = try moves.perform()
        #expect(folder.files == Set(before.map { $0.replacing("data/", with: "broken/") } + ["broken/undo.sh"]))
        #expect(try folder.text("broken/train/cat/it's 1.png") == contents)

        let shell = try Process.run(URL(filePath: "/bin/sh"), arguments: [script.path])
        shell.waitUntilExit()
        #expect(folder.files == before.union(["broken/undo.sh"]))
        #expect(try folder.text("data/train/cat/it's 1.png") == contents)

        // Nothing is overwritten: neither the script nor a file.
        let second = try BrokenFileMoves(report(datasets), of: datasets, to: destination).perform()
        #expect(second.lastPathComponent == "undo-2.sh")
        try folder.write("another", to: "data/train/dog/1.png")
        let error = #expect(throws: CommandFailure.self) {
            try BrokenFileMoves(report(datasets), of: datasets, to: destination)
        }
        #expect(error?.message?.contains("broken/train/dog/1.png already exists") == true)
    }

    @Test func foldersOfTheDataAreNoPlaceForBrokenFiles() throws {
        let datasets = try makeData()
        for path in ["data/train", "data/train/broken", "data/validation/cat"] {
            let error = #expect(throws: CommandFailure.self) {
                try BrokenFileMoves(report(datasets), of: datasets, to: folder.url.appending(path: path))
            }
            #expect(error?.message?.contains("within the data") == true)
        }
        _ = try BrokenFileMoves(report(datasets), of: datasets, to: folder.url.appending(path: "data/broken"))
    }

    @Test func listsShowSomeOfEachKind() throws {
        let report = report(try makeData())
        #expect(report.totals == "6 errors, 0 warnings, 0 notes")
        let lines = FindingList(findings: report.findings, limit: 4).lines
        #expect(lines.count == 5)
        #expect(lines.allSatisfy { $0.hasPrefix("error: ") })
        #expect(lines[0].contains("it's 1.png: it is neither a PNG nor a JPEG file"))
        #expect(lines[4] == "error: 2 more of this kind, unreadable; --json shows all")
    }

    @Test func findingsAreRememberedUntilAFileChanges() throws {
        let datasets = try makeData()
        let report = report(datasets)
        let runs = folder.url.appending(path: "runs")
        func cache(_ onError: BrokenSamplePolicy = .fail) throws -> DataCheckCache {
            var data = DataConfig()
            data.onError = onError
            return DataCheckCache(in: runs, for: data, fingerprint: try DataFingerprint(of: Array([datasets[.train]!])))
        }
        #expect(try cache().report == nil)
        try cache().keep(report)
        #expect(try cache().report == report)
        #expect(try cache(.skip).report == nil)
        try folder.write("changed", to: "data/train/dog/2.png")
        #expect(try cache().report == nil)
        // A corrupt cache is ignored.
        try cache().keep(report)
        try Data("{".utf8).write(to: cache().file)
        #expect(try cache().report == nil)
    }
}
