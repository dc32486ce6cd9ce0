import Foundation
import NNLayers
import Testing

@_spi(Internal) @testable import NNTraining

@Suite struct RunRecordTests {
    @Test func everySessionIsNoted() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "shapes")
        #expect(try run.record() == nil)
        try TestExperiment.trainer(run: run) { $0.epochs = 1 }.train()
        let checkpoint = try Checkpoint(contentsOf: run.url(of: .last))
        let second = try TestExperiment.experiment().makeTrainer(run: run, checkpoint: checkpoint)
        try Engine.withThreads(3) { _ = try second.train() }
        // Nothing is left to train, so nobody trains.
        let last = try Checkpoint(contentsOf: run.url(of: .last))
        try TestExperiment.experiment().makeTrainer(run: run, checkpoint: last).train()

        let sessions = try #require(try run.record()).sessions
        #expect(sessions.map(\.epoch) == [0, 1] && sessions.map(\.step) == [0, 12])
        #expect(sessions.map(\.machine.threads) == [Engine.threadCount, 3])
        let machine = sessions[0].machine
        #expect(machine.nnkit == Release.version && machine.processor == Processor())
        #expect(machine.backends.map(\.name) == Engine.backends.map(\.name))
        #expect(machine.backends.last?.details == BLASBackend().details)
        #expect(machine.libraries.contains { $0.name == "libpng" })
        #expect(sessions[0].commandLine == ProcessInfo.processInfo.arguments)
        #expect(sessions[0].folder == FileManager.default.currentDirectoryPath)
        #expect(sessions[0].started.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)/) != nil)
        #expect(sessions[1].machine.differences(from: machine).count == (Engine.threadCount == 3 ? 0 : 1))
    }

    @Test func secretsAreNotNoted() {
        let all = [
            "NN_BLAS": "none", "OMP_NUM_THREADS": "2", "LANG": "C", "AWS_SECRET": "x", "PATH": "/bin", "MY_NN_X": "y",
        ]
        #expect(Set(RunRecord.Session.environment(of: all).keys) == ["NN_BLAS", "OMP_NUM_THREADS", "LANG"])
    }

    @Test func whatMayChangeBitsIsNamed() {
        let before = RunMachine()
        #expect(before.differences(from: before) == [])
        func difference(_ change: (inout RunMachine) -> Void) -> [String] {
            var now = before
            change(&now)
            return now.differences(from: before)
        }
        let count = before.threads == 1 ? "1 thread" : "\(before.threads) threads"
        #expect(
            difference { $0.threads += 1 } == [
                "the run was trained with \(count) and continues with \(before.threads + 1), which may change the last "
                    + "bits; NN_NUM_THREADS=\(before.threads) calculates as before"
            ])
        #expect(difference { $0.processor.features.append("sve") }[0].contains("(only one has sve)"))
        #expect(difference { $0.processor.cores += 1 } == [])
        let blas = before.backends[before.backends.count - 1].text
        let other = difference { $0.backends[$0.backends.count - 1].details = "OpenBLAS 9" }
        #expect(other.count == 1 && other[0].contains("trained by \(blas) and continues by blas (OpenBLAS 9), "))
        let added = difference { $0.backends.insert(.init(name: "fast", details: "1.0"), at: 0) }
        #expect(added.count == 1 && added[0].contains("and continues by fast (1.0), "))
        let images = difference { machine in
            for index in machine.libraries.indices { machine.libraries[index].version = "99" }
        }
        #expect(images.count == 1 && images[0].contains("libpng 99"))
        #expect(difference { $0.nnkit = "9.0" }.count == 1)
        #expect(
            difference { $0.arithmetic["NN_WINOGRAD"] = "accurate" }[0].contains("NN_WINOGRAD unset and continues with")
        )
    }

    @Test func aDamagedRecordIsNotOverwritten() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "shapes")
        try Data("{".utf8).write(to: run.recordFile)
        let error = #expect(throws: RunError.self) { try TestExperiment.trainer(run: run).train() }
        #expect(error?.description.contains("record.json' cannot be read") == true)
        #expect(try Data(contentsOf: run.recordFile) == Data("{".utf8))
    }

    @Test func timesHaveTheirZone() throws {
        let date = Date(timeIntervalSince1970: 1_700_000_000.25)
        #expect(
            Timestamp.text(date, in: try #require(TimeZone(secondsFromGMT: 3600))) == "2023-11-14T23:13:20.250+01:00")
        #expect(Timestamp.text(date, in: .gmt) == "2023-11-14T22:13:20.250Z")
    }
}

@Suite struct GitRevisionTests {
    private func git(_ arguments: String..., in folder: TemporaryFolder) throws -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["git", "-C", folder.path, "-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
            + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    @Test func aChangeMakesARevisionDirty() throws {
        let folder = try TemporaryFolder()
        // Without git there is no revision, which is as right.
        guard try git("init", "--quiet", in: folder) else { return #expect(GitRevision(of: folder.path) == nil) }
        #expect(GitRevision(of: folder.path) == nil)
        try folder.write("a.txt", "one")
        #expect(try git("add", "a.txt", in: folder))
        #expect(try git("commit", "--quiet", "-m", "A", in: folder))
        try folder.write("new.txt", "new files are not of the revision")
        let clean = try #require(GitRevision(of: folder.path))
        #expect(clean.revision.wholeMatch(of: /[0-9a-f]{40,64}/) != nil && clean.isDirty == false)
        try folder.write("a.txt", "two")
        #expect(GitRevision(of: folder.path)?.isDirty == true)
        for index in 0..<200 { try folder.write("file-\(index)-of-a-name-that-is-long.txt", "") }
        #expect(try git("add", ".", in: folder))
        #expect(GitRevision(of: folder.path)?.isDirty == true)
    }

    @Test func aFolderWithoutARepositoryHasNone() { #expect(GitRevision(of: "/proc") == nil) }
}
