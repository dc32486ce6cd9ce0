import Foundation
import Testing

/// One configuration with several seeds.
@Suite struct SeedsTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders(count: 4)
        try folder.writeConfig()
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome {
        try NNTool.run(arguments, in: folder.url)
    }

    private func table(_ outcome: NNTool.Outcome) throws -> Table {
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Table.self, from: Data(outcome.output.utf8))
    }

    @Test func seedsGiveATableAndCanBeAdded() throws {
        let first = try table(run("train", "tiny.yaml", "--seeds", "0,3", "--set", "epochs=2", "--json"))
        #expect(first.seeds == [0, 3])
        #expect(first.run.hasPrefix("runs/tiny-seeds/"))
        for file in ["seeds.csv", "seeds.json", "seed-0/last.safetensors", "seed-3/metrics.csv"] {
            #expect(folder.contents.contains("\(first.run)/\(file)"))
        }
        let losses = first.results.map { $0.final.first { $0.name == "validation_loss" }?.value ?? .nan }
        #expect(losses[0] != losses[1])
        let spread = try #require(first.spreads.first { $0.score == "validation_loss" && $0.at == "final" })
        #expect(abs(spread.mean - (losses[0] + losses[1]) / 2) < 1e-12)
        #expect(abs((spread.deviation ?? 0) - abs(losses[0] - losses[1]) / 2.0.squareRoot()) < 1e-12)

        // A seed gives the same result alone as among others.
        #expect(try run("train", "tiny.yaml", "--seed", "3").exitCode == 0)
        let evaluation = try run("eval", "tiny.yaml", "--checkpoint", "last", "--json")
        #expect(evaluation.output.contains("\(losses[1])"))

        let more = try run("train", "--resume", first.run, "--seeds", "4,3")
        #expect(more.exitCode == 0, "\(more.errors)")
        #expect(more.output.contains("seed 4 (3 of 3)") && !more.output.contains("seed 3 ("))
        let csv = try String(contentsOf: folder.url.appending(path: "\(first.run)/seeds.csv"), encoding: .utf8)
        #expect(
            csv.split(separator: "\n").map { $0.prefix { $0 != "," } } == ["seed", "0", "3", "4", "mean", "deviation"])

        let other = try run("train", "tiny.yaml", "--seeds", "5", "--resume", first.run, "--set", "epochs=3")
        #expect(other.exitCode == 1)
        #expect(other.errors.contains("trained with another configuration"))
    }

    /// Signal handlers are installed once per process, so the second seed is worth a test of its own.
    @Test(arguments: [0, 1]) func interruptedSeedsGoOn(_ seed: Int) throws {
        let interrupted = try NNTool.shell(
            """
            "$NN" train tiny.yaml --seeds 2 --set epochs=30 > log.txt 2>&1 & pid=$!
            while ! sed -n '/^seed \(seed) (/,$p' log.txt | grep -q 'epoch  1/30'; do
                kill -0 $pid || exit 1; sleep 0.02
            done
            kill -TERM $pid; wait $pid
            """, in: folder.url)
        #expect(interrupted.exitCode == 143)
        let log = try String(contentsOf: folder.url.appending(path: "log.txt"), encoding: .utf8)
        let study = try #require(folder.contents.first { $0.hasSuffix("/seeds.json") }).dropLast("/seeds.json".count)
        #expect(log.contains("to resume: nn train --resume \(study)"))
        let resumed = try table(run("train", "--resume", String(study), "--json"))
        #expect(resumed.run == study)
        #expect(resumed.results.map(\.seed) == [0, 1])
        #expect(resumed.results.allSatisfy { $0.epochs == 30 })
    }

    /// Added seeds are recorded when they start, not only when they are done.
    @Test func addedSeedsGoOn() throws {
        let killed = try NNTool.shell(
            """
            "$NN" train tiny.yaml --seeds 1 --set epochs=30 > first.txt 2>&1 || exit 2
            "$NN" train --resume runs/tiny-seeds/* --seeds 2 > log.txt 2>&1 & pid=$!
            while ! grep -q 'epoch  1/30' log.txt; do kill -0 $pid || exit 1; sleep 0.02; done
            kill -KILL $pid; wait $pid
            """, in: folder.url)
        #expect(killed.exitCode == 137, "\(killed.errors)")
        let study = try #require(folder.contents.first { $0.hasSuffix("/seeds.json") }).dropLast("/seeds.json".count)
        let resumed = try run("train", "--resume", String(study))
        #expect(resumed.exitCode == 0 && resumed.output.contains("seed 1 (2 of 2)"), "\(resumed.errors)")
    }

    @Test func seedsThatMakeNoSenseAreRefused() throws {
        #expect(try run("train", "tiny.yaml", "--seeds", "1,1").exitCode == 2)
        #expect(try run("train", "tiny.yaml", "--seeds", "2", "--seed", "1").exitCode == 2)
        let broken = try run(
            "train", "tiny.yaml", "--seeds", "2", "--set", "data.batch_size=1", "--set", "optimizer.lr=1e30")
        #expect(broken.exitCode == 1)
        #expect(!folder.contents.contains { $0.contains("tiny-seeds") })
    }

    private struct Table: Decodable {
        struct Score: Decodable {
            let name: String
            let value: Double
        }
        struct Result: Decodable {
            let seed: Int
            let epochs: Int
            let final: [Score]
        }
        struct Spread: Decodable {
            let score: String
            let at: String
            let mean: Double
            let deviation: Double?
        }
        let run: String
        let seeds: [Int]
        let results: [Result]
        let spreads: [Spread]
    }
}
