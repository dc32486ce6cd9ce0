import Foundation
import Testing

/// Several labels in an image, and numbers, through all commands.
@Suite struct TaskTests {
    private let folder: WorkFolder

    init() throws { folder = try WorkFolder() }

    private func run(_ arguments: [String]) throws -> NNTool.Outcome {
        let outcome = try NNTool.run(arguments, in: folder.url)
        #expect(outcome.exitCode == 0, "nn \(arguments.joined(separator: " ")): \(outcome.errors)")
        return outcome
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome { try run(arguments) }

    private func json(_ text: String) throws -> Any { try JSONSerialization.jsonObject(with: Data(text.utf8)) }

    /// A configuration of a CSV table of shapes, which is exported from the generated ones.
    private func makeTable(_ task: String) throws {
        let shapes = "{type: shapes, size: 16, class_count: 3, train_count: 48, validation_count: 16, task: \(task)}"
        try folder.writeConfig("shapes.yaml", dataset: shapes)
        for (split, count) in [("train", "48"), ("validation", "16")] {
            _ = try run(
                "data", "export", "shapes.yaml", "--split", split, "--count", count, "--output", "data/\(split)")
        }
        try folder.writeConfig(
            "table.yaml",
            dataset:
                "{type: table, train: data/train/labels.csv, validation: data/validation/labels.csv, task: \(task)}")
    }

    private func trainedRun() throws -> String {
        _ = try run("train", "table.yaml")
        let runs = folder.contents.filter { $0.hasPrefix("runs/table/") && $0.split(separator: "/").count == 3 }
        return try #require(runs.first)
    }

    @Test func severalLabels() throws {
        try makeTable("multi_label")
        #expect(try run("config", "check", "table.yaml").output.contains("3 classes, images of 16x16"))
        #expect(try run("data", "check", "table.yaml").output.contains("0 errors"))
        let stats = try #require(try json(run("data", "stats", "table.yaml", "--json").output) as? [String: Any])
        #expect((stats["pos_weight"] as? [Double])?.count == 3 && (stats["class_weights"] as? [Any])?.isEmpty == true)
        #expect(try run("data", "stats", "table.yaml").output.contains("pos_weight"))
        #expect(try run("data", "view", "table.yaml", "--output", "view.png").output.contains("24 samples"))
        let runFolder = try trainedRun()
        _ = try run("train", "table.yaml", "--resume", "--set", "epochs=3")
        let eval = try run("eval", runFolder).output
        #expect(eval.contains("mAP") && eval.contains("exact_match") && eval.contains("threshold"))
        let images = ["data/validation/000000.png", "data/validation/000001.png"]
        let text = try run(["predict", runFolder] + images).output
        #expect(text.contains("chosen on the validation samples for the largest F1: circle 0."))
        let list = try #require(try json(run(["predict", runFolder, "--json"] + images).output) as? [[String: Any]])
        let outputs = try #require(list[1]["outputs"] as? [[String: Any]])
        #expect(list.count == 2 && outputs.map { $0["name"] as? String } == ["circle", "square", "triangle"])
        for output in outputs {
            let (probability, threshold) = (output["probability"] as? Double, output["threshold"] as? Double)
            let isPredicted = try #require(probability) > #require(threshold)
            #expect(output["predicted"] as? Bool == isPredicted && output["value"] == nil)
        }
        let csv = try run(["predict", runFolder, "--csv"] + images).output.split(separator: "\n")
        #expect(csv.count == 7 && csv[0] == "image,index,name,probability,threshold,predicted")
        let refusal = try NNTool.run(["predict", runFolder, images[0], "--top", "2"], in: folder.url)
        #expect(refusal.errors.contains("--top is for classification; multi_label predicts all outputs"))
        let features = try run("features", runFolder, "table.yaml", "--output", "f.safetensors").output
        #expect(features.contains("{type: features, path: f.safetensors, task: multi_label}"))
        #if ONNX
        _ = try run("export", runFolder, "--output", "net.onnx")
        let file = try Data(contentsOf: folder.url.appending(path: "net.onnx"))
        for text in ["multi_label", "thresholds", "the sigmoid is the probability of each class"] {
            #expect(file.range(of: Data(text.utf8)) != nil, "\(text)")
        }
        #endif
    }

    @Test func numbers() throws {
        try makeTable("regression")
        #expect(try run("config", "check", "table.yaml").output.contains("3 numbers, images of 16x16"))
        let text = try run("data", "stats", "table.yaml").output
        #expect(text.contains("deviation") && !text.contains("class_weights"))
        let stats = try #require(try json(run("data", "stats", "table.yaml", "--json").output) as? [String: Any])
        let values = try #require((stats["splits"] as? [[String: Any]])?[0]["values"] as? [[String: Any]])
        #expect(values.map { $0["name"] as? String } == ["x", "y", "size"] && values[0]["known"] as? Int == 48)
        _ = try run("data", "view", "table.yaml", "--output", "view.png")
        let runFolder = try trainedRun()
        let eval = try run("eval", runFolder).output
        #expect(eval.contains("RMSE") && eval.contains("r2") && !eval.contains("confusion"))
        let image = "data/validation/000000.png"
        #expect(try run("predict", runFolder, image).output.hasPrefix("image"))
        let list = try #require(try json(run("predict", runFolder, image, "--json").output) as? [[String: Any]])
        let outputs = try #require(list[0]["outputs"] as? [[String: Any]])
        #expect(outputs.allSatisfy { $0["value"] is Double && $0["threshold"] == nil })
        let csv = try run("predict", runFolder, image, "--csv").output.split(separator: "\n")
        #expect(csv.count == 4 && csv[0] == "image,index,name,value" && csv[1].hasPrefix("\(image),0,x,"))
        let wrong = try NNTool.run(["config", "check", "table.yaml", "--set", "loss=cross_entropy"], in: folder.url)
        #expect(wrong.exitCode == 1 && wrong.errors.contains("the data set 'table' is for regression, with numbers"))
    }

    /// A wrong cell is found before training, with its line.
    @Test func brokenTablesAreRefusedWithTheirLine() throws {
        try makeTable("regression")
        try folder.write("image,x\n000000.png,wide\n", to: "data/train/labels.csv")
        for command in [["data", "check"], ["config", "check"], ["train"]] {
            let outcome = try NNTool.run(command + ["table.yaml"], in: folder.url)
            #expect(outcome.exitCode == 1)
            let text = outcome.errors + outcome.output
            #expect(text.contains("labels.csv:2: ") && text.contains("the column 'x' has 'wide', which is no number"))
        }
    }
}
