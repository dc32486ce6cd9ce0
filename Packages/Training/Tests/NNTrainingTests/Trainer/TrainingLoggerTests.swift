import Foundation
import Logging
import Synchronization
import Testing

@testable import NNTraining

@Suite struct TrainingLoggerTests {
    /// A log in memory, as a program may have any.
    private struct Memory: LogHandler {
        let lines: Lines
        var logLevel = Logger.Level.trace
        var metadata = Logger.Metadata()
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.all.withLock { $0.append("\(event.level) \(event.message)") } }
    }

    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    @Test func aProgramChoosesTheLog() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "shapes")
        let lines = Lines()
        let trainer = try TestExperiment.trainer(run: run)
        trainer.callbacks.append(TrainingLogger(Logger(label: "test") { _ in Memory(lines: lines) }))
        try trainer.train()
        let all = lines.all.withLock { $0 }
        #expect(all[0].hasPrefix("info training begins, to step 24 by 12 in an epoch, 74835 parameters trainable"))
        #expect(all[1].contains("nnkit 0.1.0, ") && all[1].contains("blas"))
        #expect(all.contains { $0.hasPrefix("info epoch 2, step 24: train_loss ") && $0.contains("validation_top1") })
        #expect(all.contains("info saved best after epoch 1, step 12"))
        #expect(all.filter { $0.hasPrefix("info saved last") }.count == 2)
        #expect(all.last?.hasPrefix("info training ended (completed) after epoch 2, step 24, in ") == true)
        // Where it goes is the program's choice alone.
        #expect(!FileManager.default.fileExists(atPath: run.file("log.txt").path))
    }

    @Test func linesHaveTimesAndAreAdded() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "shapes")
        for index in 0..<2 {
            var logger = Logger(label: "test") { _ in RunLogHandler(run) }
            logger.info("one \(index)\n\ntwo", metadata: ["b": "2", "a": "1"])
            logger.debug("not at this level")
            logger[metadataKey: "job"] = "7"
            logger.error("three")
        }
        let lines = try String(contentsOf: run.file("log.txt"), encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 6)
        let line = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)  (.*)/
        #expect(
            lines.prefix(4).map { $0.wholeMatch(of: line).map { String($0.2) } } == [
                "info  one 0", "info  two  a=1  b=2", "error  three  job=7", "info  one 1",
            ])
    }

    /// `/dev/full` is a disk without space.
    @Test func aLogThatCannotBeWrittenEndsNothing() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "shapes")
        try FileManager.default.createSymbolicLink(atPath: run.file("log.txt").path, withDestinationPath: "/dev/full")
        let trainer = try TestExperiment.trainer(run: run)
        trainer.callbacks.append(TrainingLogger(Logger(label: "test") { _ in RunLogHandler(run) }))
        #expect(try trainer.train().ending == .completed)
        let missing = try RunDirectory(existing: run.url)
        try FileManager.default.removeItem(at: run.url)
        Logger(label: "test") { _ in RunLogHandler(missing) }.error("nowhere to go")
    }
}
