import Foundation
import Testing

/// Which run `--resume` takes, and what an interruption says of it.
@Suite struct ResumptionTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders()
        try folder.writeConfig()
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome {
        try NNTool.run(arguments, in: folder.url)
    }

    /// The run folders from the oldest to the newest.
    private var runs: [String] {
        folder.contents.filter { $0.hasPrefix("runs/tiny/") && $0.split(separator: "/").count == 3 }
            .sorted { $0.compare($1, options: .numeric) == .orderedAscending }
    }

    /// A newer run that is finished hides no older one that is not.
    @Test func theLatestUnfinishedRunIsResumed() throws {
        #expect(try run("train", "tiny.yaml", "--set", "epochs=1").exitCode == 0)
        #expect(try run("train", "tiny.yaml").exitCode == 0)
        let (first, second) = (runs[0], runs[1])
        let resumed = try run("train", "tiny.yaml", "--resume")
        #expect(resumed.exitCode == 0 && resumed.output.contains("run folder \(first)\n"), "\(resumed.errors)")
        let finished = try run("train", "tiny.yaml", "--resume")
        #expect(finished.exitCode == 0, "\(finished.errors)")
        #expect(finished.errors.contains("notice: every run of tiny.yaml is finished, the latest in \(second); "))
        #expect(runs == [first, second])
        let longer = try run("train", "tiny.yaml", "--resume", "--set", "epochs=3")
        #expect(longer.output.contains("completed 3 epochs") && longer.output.contains("run folder \(second)\n"))
    }

    @Test func aRunThatStoppedEarlyIsFinished() throws {
        let changes = ["training.early_stopping={patience: 1}", "optimizer.lr=1e-30", "epochs=9"]
        let stopping = changes.flatMap { ["--set", $0] }
        let stopped = try NNTool.run(["train", "tiny.yaml"] + stopping, in: folder.url)
        #expect(stopped.exitCode == 0 && stopped.output.contains("stopped early"), "\(stopped.errors)")
        let outcome = try NNTool.run(["train", "tiny.yaml", "--resume"] + stopping, in: folder.url)
        #expect(outcome.errors.contains("notice: every run of tiny.yaml is finished"), "\(outcome.errors)")
    }

    @Test func withoutARunANewOneStarts() throws {
        let outcome = try run("train", "tiny.yaml", "--resume", "--set", "epochs=1")
        #expect(outcome.exitCode == 0 && runs.count == 1)
        #expect(outcome.errors.contains("notice: there is no run of tiny.yaml to resume; starting a new run"))
    }

    /// As shells report the end of a process by a signal, so that a job's log tells which it was.
    @Test(arguments: [("INT", 130), ("TERM", 143), ("HUP", 129)])
    func aSignalHasItsExitCode(_ signal: String, _ code: Int) throws {
        // A shell without job control lets its background processes ignore SIGINT.
        let outcome = try NNTool.shell(
            """
            env --default-signal=INT "$NN" train tiny.yaml --set epochs=1000 > out.txt 2>&1 & pid=$!
            while ! grep -q 'epoch    1/1000' out.txt; do kill -0 $pid || exit 99; sleep 0.02; done
            kill -\(signal) $pid; wait $pid
            """, in: folder.url)
        #expect(Int(outcome.exitCode) == code)
        let text = try String(contentsOf: folder.url.appending(path: "out.txt"), encoding: .utf8)
        #expect(text.contains("stopping after this step") && text.contains("to resume: nn train --resume \(runs[0])"))
    }
}
