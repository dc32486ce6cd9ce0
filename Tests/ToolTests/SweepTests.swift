import Foundation
import Testing

/// Several values of a configuration, and the test for a learning rate.
@Suite struct SweepTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders(count: 4)
        try folder.writeConfig()
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome {
        try NNTool.run(arguments, in: folder.url)
    }

    private struct Table: Decodable {
        struct Result: Decodable {
            struct Score: Decodable { let name: String, value: Double? }
            let run: String
            let final: [Score]
        }
        let run: String
        let results: [Result]

        var losses: [String: Double?] {
            Dictionary(
                uniqueKeysWithValues: results.map { result in
                    (result.run, result.final.first { $0.name == "validation_loss" }?.value)
                })
        }
    }

    private func table(_ outcome: NNTool.Outcome) throws -> Table {
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        return try JSONDecoder().decode(Table.self, from: Data(outcome.output.utf8))
    }

    private static let points = "--set optimizer.lr=0.1,0.01 --seeds 2 --set epochs=20"

    /// At any moment, also by what leaves no time to save.
    @Test(arguments: ["TERM", "KILL"]) func endedSweepsGoOnWithTheSameBits(_ signal: String) throws {
        let whole = try table(
            run(
                "sweep", "tiny.yaml", "--set", "optimizer.lr=0.1,0.01", "--seeds", "2", "--set",
                "epochs=20", "--output", "whole", "--json"))
        #expect(whole.results.map(\.run) == ["lr-0.1-seed-0", "lr-0.1-seed-1", "lr-0.01-seed-0", "lr-0.01-seed-1"])
        let ended = try NNTool.shell(
            """
            "$NN" sweep tiny.yaml \(Self.points) > log.txt 2>&1 & pid=$!
            while ! sed -n '/seed 1 (2 of 4)/,$p' log.txt | grep -q 'epoch  3/20'; do
                kill -0 $pid || exit 1; sleep 0.02
            done
            kill -\(signal) $pid; wait $pid
            """, in: folder.url)
        #expect(ended.exitCode == (signal == "TERM" ? 143 : 137))
        let file = try #require(folder.contents.first { $0.hasPrefix("runs/") && $0.hasSuffix("/sweep.json") })
        let study = String(file.dropLast("/sweep.json".count))
        // nn train knows the folder too.
        let resumed = try table(run(signal == "TERM" ? "train" : "sweep", "--resume", study, "--json"))
        #expect(resumed.losses == whole.losses)
        #expect(resumed.run == study)
    }

    @Test func learningRatesAreFoundWithoutARun() throws {
        let outcome = try run("lr-find", "tiny.yaml", "--steps", "40", "--output", "found")
        #expect([0, 1].contains(outcome.exitCode), "\(outcome.errors)")
        #expect(folder.contents.isSuperset(of: ["found/lr_find.png", "found/lr_find.csv"]))
        #expect(!folder.contents.contains { $0.hasPrefix("runs") })
        let wrong = try run("lr-find", "tiny.yaml", "--from", "1", "--to", "0.1")
        #expect(wrong.exitCode == 2 && wrong.errors.contains("--to must be more than"))
        #expect(try run("lr-find", "tiny.yaml", "--steps", "9").exitCode == 2)
        #expect(try run("lr-find", "none.yaml").exitCode == 1)
    }
}
