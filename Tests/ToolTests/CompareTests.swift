import Foundation
import NNDatasets
import Testing

/// `nn compare`, and `nn report` of several runs.
@Suite struct CompareTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders(count: 4)
        try folder.writeConfig()
        try folder.writeConfig("wide.yaml", changes: "precision: bf16")
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome { try NNTool.run(arguments, in: folder.url) }

    /// Trains a configuration, and returns its run folder.
    private func train(_ config: String, _ changes: String...) throws -> String {
        struct Report: Decodable { let run: String }
        let outcome = try NNTool.run(["train", config, "--json"] + changes, in: folder.url)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        return try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8)).run
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOf: folder.url.appending(path: path), encoding: .utf8)
    }

    @Test func runsAreEvaluatedAndDrawn() throws {
        let runs = [try train("tiny.yaml"), try train("wide.yaml")]
        let table = try run("compare", runs[0], runs[1])
        #expect(table.exitCode == 0, "\(table.errors)")
        #expect(table.output.contains("precision") && table.output.contains("*"))
        #expect(!folder.contents.contains("comparison.md"))

        let drawn = try run(
            "compare", runs[0], runs[1], "--split", "validation", "--count", "100", "--rows", "3", "-o", "f/s.png")
        #expect(drawn.exitCode == 0, "\(drawn.errors)")
        for file in ["s-1.png", "s-2.png", "s-3.png", "s.md", "s.csv"] {
            #expect(folder.contents.contains("f/\(file)"))
        }
        #expect(!folder.contents.contains("f/s-4.png"))
        let markdown = try text("f/s.md")
        #expect(markdown.contains("| tiny | fp32 |") && markdown.contains("| wide | bf16 |"))
        #expect(markdown.contains("| 3, row 2 | "))
        // The scores are those of nn eval.
        struct Evaluation: Decodable {
            struct Result: Decodable { let scores: [Score] }
            struct Score: Decodable {
                let name: String
                let value: Double
            }
            let result: Result
        }
        let evaluation = try JSONDecoder().decode(
            Evaluation.self, from: Data(run("eval", runs[1], "--json").output.utf8))
        let loss = try #require(evaluation.result.scores.first { $0.name == "loss" }?.value)
        #expect(try text("f/s.csv").contains("\(loss)"))
    }

    @Test func brokenImagesAreReportedAndOthersGoOn() throws {
        let runs = [try train("tiny.yaml"), try train("wide.yaml")]
        try folder.write("no image", to: "photos/broken.png")
        let image = folder.url.appending(path: "data/validation/red/1.png")
        try folder.write(Data(contentsOf: image), to: "photos/1.png")
        let outcome = try run("compare", runs[0], runs[1], "--images", "photos", "--json")
        #expect(outcome.exitCode == 1 && outcome.errorLines.count == 1)
        #expect(outcome.errors.contains("photos/broken.png"))
        #expect(folder.contents.isSuperset(of: ["comparison.png", "comparison.md", "comparison.csv"]))
        // The truth of a copy is that of the file of its content.
        #expect(outcome.output.contains("\"truth\" : \"red\""))

        let missing = try run("compare", runs[0], runs[1], "--images", "nowhere")
        #expect(missing.exitCode == 1 && missing.errors.contains("nowhere: there is no such file or folder"))
        let unwritable = try run("compare", runs[0], runs[1], "--images", "photos", "-o", "/proc/none/sheet.png")
        #expect(unwritable.exitCode == 1 && unwritable.errorLines.count == 1)
        try FileManager.default.removeItem(at: folder.url.appending(path: "\(runs[1])/best.safetensors"))
        let unfinished = try run("compare", runs[0], runs[1], "--split", "validation", "-o", "none.png")
        #expect(unfinished.exitCode == 1 && unfinished.errors.contains("the run has no best checkpoint"))
        #expect(!folder.contents.contains("none.md"))
    }

    @Test func severalRunsHaveAPage() throws {
        let study = try train("tiny.yaml", "--seeds", "2")
        let page = try run("report", study, "-o", "page.html")
        #expect(page.exitCode == 0, "\(page.errors)")
        let markup = try text("page.html")
        #expect(markup.contains("seed-0") && markup.contains("mean ± deviation of 2: seed-0, seed-1"))
        #expect(markup.contains("<svg class=\"chart\""))
        let alone = try run("compare", "\(study)/seed-0")
        #expect(alone.exitCode == 1 && alone.errors.contains("there is one run to compare"))
    }
}
