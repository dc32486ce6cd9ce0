import Foundation
import Testing

/// What a run folder tells of how it was trained, and what is said where that changes.
@Suite struct RecordTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders()
        try folder.writeConfig()
    }

    private struct Record: Decodable {
        struct Session: Decodable {
            struct Machine: Decodable { let threads: Int }
            let machine: Machine
            let command_line: [String]
            let epoch: Int
        }
        let sessions: [Session]
    }

    private func runFolder() throws -> String {
        let runs = folder.contents.filter { $0.hasPrefix("runs/tiny/") && $0.split(separator: "/").count == 3 }
        #expect(runs.count == 1)
        return try #require(runs.first)
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOf: folder.url.appending(path: "\(try runFolder())/\(name)"), encoding: .utf8)
    }

    private func sessions() throws -> [Record.Session] {
        try JSONDecoder().decode(Record.self, from: Data(text("record.json").utf8)).sessions
    }

    /// The same bits need the same number of threads, of however few cores.
    @Test func aResumedRunKeepsItsThreads() throws {
        let start = try NNTool.run(
            ["train", "tiny.yaml", "--set", "epochs=1"], in: folder.url, environment: ["NN_NUM_THREADS": "2"])
        #expect(start.exitCode == 0, "\(start.errors)")
        // Without the variable that these tests may be run with.
        let one = try NNTool.shell(
            "unset NN_NUM_THREADS; exec taskset -c \"$(taskset -cp $$ | grep -o '[0-9]*$')\" \"$NN\" train tiny.yaml --resume",
            in: folder.url)
        #expect(one.exitCode == 0, "\(one.errors)")
        #expect(one.errors.contains("notice: the run was trained with 2 threads and continues so, for the same bits; "))
        let chosen = try NNTool.run(
            ["train", "tiny.yaml", "--resume", "--set", "epochs=3"], in: folder.url,
            environment: ["NN_NUM_THREADS": "1", "NN_BACKENDS": "blas"])
        #expect(chosen.exitCode == 0, "\(chosen.errors)")
        #expect(chosen.errors.contains("notice: the run was trained with 2 threads and continues with 1, which may"))
        #expect(chosen.errors.contains("and continues by blas ("), "\(chosen.errors)")
        let sessions = try sessions()
        #expect(sessions.map(\.machine.threads) == [2, 2, 1] && sessions.map(\.epoch) == [0, 1, 2])
        #expect(sessions[0].command_line.suffix(4) == ["train", "tiny.yaml", "--set", "epochs=1"])
    }

    @Test func theLogTellsWhatTheConsoleDid() throws {
        // A warning before there is a run folder, and an error that ends training.
        try folder.writeConfig(changes: "schedule: {type: constant, warmup_epochs: 1}\nseed: 3")
        let first = try NNTool.run(
            ["train", "tiny.yaml", "--set", "data.validation_transforms=[flip]"],
            in: folder.url)
        #expect(first.exitCode == 0 && first.errors.contains("warning: "), "\(first.errors)")
        let resumed = try NNTool.run(
            ["train", try runFolder() + "/config.yaml", "--resume", try runFolder(), "--seed", "4"], in: folder.url)
        #expect(resumed.exitCode == 1)
        let log = try text("log.txt")
        for errors in [first.errors, resumed.errors] {
            for line in errors.split(separator: "\n") {
                for prefix in ["warning: ", "notice: ", "error: "] where line.hasPrefix(prefix) {
                    let entry = "  \(prefix.dropLast(2))  \(line.dropFirst(prefix.count))\n"
                    #expect(log.contains(entry), "\(entry) \(log)")
                }
            }
        }
        #expect(log.contains("  info  configuration {model: ") && log.contains("  info  training ended (completed) "))
    }

    /// Whoever does not wait is told how to go on, and the exit code is that of the second signal.
    @Test func theSecondSignalEndsAtOnce() throws {
        // Steps of seconds, so that the first signal finds one.
        try folder.writeConfig(
            dataset: "{type: shapes, size: 96, class_count: 3, train_count: 400, validation_count: 8}",
            changes: "seed: 3")
        let outcome = try NNTool.shell(
            """
            env --default-signal=INT "$NN" train tiny.yaml --set data.batch_size=200 > out.txt 2>&1 & pid=$!
            while ! grep -q 'training begins' runs/tiny/*/log.txt 2> /dev/null; do
                kill -0 $pid || exit 99; sleep 0.02
            done
            kill -TERM $pid
            while ! grep -q 'stopping after this step' out.txt; do kill -0 $pid || exit 98; sleep 0.02; done
            kill -INT $pid; wait $pid
            """, in: folder.url)
        #expect(outcome.exitCode == 130)
        let out = try String(contentsOf: folder.url.appending(path: "out.txt"), encoding: .utf8)
        #expect(out.hasSuffix("quit without saving; to resume: nn train --resume \(try runFolder())\n"), "\(out)")
        #expect(try text("log.txt").hasSuffix("  notice  a second signal: quit without saving\n"))
    }
}
