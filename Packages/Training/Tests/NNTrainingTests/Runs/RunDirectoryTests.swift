import Foundation
import Testing

@testable import NNTraining

@Suite struct RunDirectoryTests {
    @Test func namesFoldersByConfigurationAndTime() throws {
        let date = Date(timeIntervalSince1970: 1_700_000_000)
        #expect(RunDirectory.timestamp(date, in: TimeZone(secondsFromGMT: 3600)!) == "2023-11-14_23-13-20")
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(
            in: folder.url.appendingPathComponent("runs"), configuration: "resnet20", date: date)
        #expect(run.url.path.hasSuffix("/runs/resnet20/\(RunDirectory.timestamp(date))"))
        #expect(try RunDirectory(existing: run.url).file("a.txt").path == run.url.path + "/a.txt")
    }

    @Test func neverGivesAFolderTwice() throws {
        let folder = try TemporaryFolder()
        let date = Date()
        let runs = try (0..<3).map { _ in try RunDirectory.create(in: folder.url, configuration: "a", date: date) }
        #expect(Set(runs.map(\.url.path)).count == 3)
        #expect(runs[2].url.lastPathComponent.hasSuffix("-3"))
    }

    /// A crash in the first epoch leaves a folder without a checkpoint, and people rename folders.
    @Test func theLatestRunIsOneThatCanBeUsed() throws {
        let folder = try TemporaryFolder()
        let start = Date()
        let runs = try (0..<3).map {
            try RunDirectory.create(in: folder.url, configuration: "a", date: start.addingTimeInterval(Double($0)))
        }
        try FileManager.default.createDirectory(
            at: folder.url.appendingPathComponent("a/baseline"), withIntermediateDirectories: true)
        #expect(RunDirectory.latest(in: folder.url, configuration: "a")?.url.path == runs[2].url.path)
        #expect(RunDirectory.latest(in: folder.url, configuration: "a", holding: .last) == nil)
        try Data().write(to: runs[1].url(of: .last))
        #expect(
            RunDirectory.latest(in: folder.url, configuration: "a", holding: .last)?.url.path == runs[1].url.path)
    }

    @Test(arguments: [("a/b c", "a-b-c"), ("../x", "-x"), ("", "run"), ("..", "run"), ("r-50_v1.5", "r-50_v1.5")])
    func makesNamesSafe(_ configuration: String, _ name: String) {
        #expect(RunDirectory.folderName(for: configuration) == name)
    }

    @Test func refusesWhatIsNoFolder() throws {
        let folder = try TemporaryFolder()
        try folder.write("file", "")
        let file = folder.url.appendingPathComponent("file")
        #expect(throws: RunError.self) { try RunDirectory(existing: file) }
        #expect(throws: RunError.self) { try RunDirectory(existing: folder.url.appendingPathComponent("none")) }
        #expect(throws: RunError.self) { try RunDirectory.create(in: file, configuration: "a") }
    }
}
