import Foundation
import NNDatasets
import NNLayers
import Testing

/// `data.on_error: skip` with files that vanish or break.
@Suite struct SkippedSampleTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders(count: 8)
        try folder.writeConfig()
    }

    private func train(_ arguments: String...) throws -> NNTool.Outcome {
        try NNTool.run(
            ["train", "--skip-data-check", "--json", "--set", "data.on_error=skip"] + arguments, in: folder.url)
    }

    private func runFolder(_ outcome: NNTool.Outcome) throws -> String {
        let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        return try #require(report?["run"] as? String)
    }

    private func list(_ run: String) throws -> [String] {
        try String(contentsOf: folder.url.appending(path: "\(run)/skipped.csv"), encoding: .utf8)
            .split(separator: "\n").map(String.init)
    }

    /// Puts a link that leads nowhere in the place of a file, as if that had vanished after it was listed.
    private func breakLink(_ path: String) throws {
        let file = folder.url.appending(path: path)
        try FileManager.default.removeItem(at: file)
        try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: "nowhere.png")
    }

    @Test func eachIsNamedOnceAndListed() throws {
        try folder.write("not an image", to: "data/train/red/1.png")
        try folder.write("no image", to: "data/train/blue/3.png")
        try folder.write("none", to: "data/validation/red/0.png")
        let outcome = try train("tiny.yaml")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let run = try runFolder(outcome)
        for path in ["train/red/1.png", "train/blue/3.png", "validation/red/0.png"] {
            let lines = outcome.errors.split(separator: "\n").filter { $0.contains(path) }
            #expect(lines.count == 1, "\(lines)")
            #expect(lines.first?.contains("warning: skipped sample") == true)
            #expect(lines.first?.contains("neither a PNG nor a JPEG") == true)
        }
        #expect(
            outcome.errors.contains(
                "notice: skipped 3 samples: 2 of train, 1 of validation; \(run)/skipped.csv lists them"))
        let lines = try list(run)
        #expect(lines.first == "split,index,path,reason,epoch" && lines.count == 4)
        #expect(lines.filter { $0.hasPrefix("train,") }.count == 2)
        #expect(
            lines.contains { $0.hasPrefix("train,9,") && $0.contains("data/train/red/1.png") && $0.hasSuffix(",1") })
        #expect(lines.contains { $0.hasPrefix("validation,8,") && $0.hasSuffix(",1") })
        // Once more, after a resumption, nothing is listed twice.
        let more = try train("--resume", run, "--set", "epochs=3")
        #expect(more.exitCode == 0, "\(more.errors)")
        #expect(try list(run) == lines)
        let evaluation = try NNTool.run(["eval", run, "--set", "data.on_error=skip"], in: folder.url)
        #expect(evaluation.errors.contains("notice: skipped 1 broken sample of validation"))
        #expect(evaluation.errors.contains("validation/red/0.png"))
    }

    /// A class of which nearly all files are gone, more of them than a data set is gone through for one.
    @Test func aFolderThatVanishesDoesNotEndTraining() throws {
        for name in ["red", "blue"] {
            let original = folder.url.appending(path: "data/train/\(name)/0.png")
            for index in 8..<80 {
                try FileManager.default.copyItem(
                    at: original, to: folder.url.appending(path: "data/train/\(name)/\(index).png"))
            }
        }
        for index in 8..<78 { try breakLink("data/train/blue/\(index).png") }
        let outcome = try train("tiny.yaml", "--set", "epochs=1")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").filter { $0.contains("warning: skipped sample") }.count == 5)
        #expect(outcome.errors.contains("notice: skipped 70 samples: 70 of train"))
        #expect(try list(runFolder(outcome)).count == 71)
        // More than half of 160 are too many.
        for index in 8..<30 { try breakLink("data/train/red/\(index).png") }
        let refused = try train("tiny.yaml", "--set", "epochs=1")
        #expect(refused.exitCode == 1)
        #expect(refused.errorLines.count == 1)
        #expect(refused.errors.contains(" of 160 samples cannot be used; the first error was: "))
    }

    /// The same stand-ins, and so the same network, for any number of threads.
    @Test func resultsDoNotDependOnThreads() throws {
        try folder.write("not an image", to: "data/train/red/1.png")
        var states: [Data] = []
        for threads in [0, 1, 3] {
            let run = try runFolder(train("tiny.yaml", "--set", "data.loader_threads=\(threads)"))
            let log = try String(contentsOf: folder.url.appending(path: "\(run)/metrics.csv"), encoding: .utf8)
            let rows = log.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
            let column = try #require(rows[0].firstIndex(of: "train_loss"))
            states.append(Data(rows.dropFirst().map { String($0[column]) }.joined(separator: " ").utf8))
        }
        #expect(states[0] == states[1] && states[1] == states[2] && !states[0].isEmpty)
    }
}
