import ArgumentParser
import Datasets
import Foundation
import NNLayers
import Training

struct PredictCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Says what images show.",
        discussion: "Uses the network of a run as it was at its best.")

    @Argument(help: "The folder of a run.")
    var run: String

    @Argument(help: "PNG and JPEG files, and folders of them.")
    var images: [String]

    @Option(name: .customLong("top"), help: "How many classes to name.")
    var count = 5

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Print comma-separated values.")
    var csv = false

    func validate() throws {
        if count < 1 { throw ValidationError("--top must be 1 or more, not \(count)") }
        if json && csv { throw ValidationError("--json and --csv cannot be used together") }
    }

    func run(_ tool: Tool) throws {
        let files = try ImageFiles.find(images)
        let run = try RunDirectory(existing: URL(fileURLWithPath: run))
        try tool.startEngine()
        let predictor = try Predictor(run: run, registry: tool.registry)
        var list = PredictionList()
        for (index, file) in files.enumerated() {
            tool.console.show(
                ProgressLine(title: "predict", fraction: Double(index) / Double(files.count), figures: [file]))
            do {
                list.add(try predictor.predict(contentsOf: URL(fileURLWithPath: file), count: count), of: file)
            } catch let error as ImageError {
                // One broken file among many does not keep the others from being answered.
                tool.console.report(ErrorReport(error).message)
            }
        }
        tool.console.clearStatus()
        if json {
            try tool.console.print(json: list)
        } else if csv {
            tool.console.print(list.csv)
        } else if !list.images.isEmpty {
            tool.console.print(list.table)
        }
        if list.images.count < files.count { throw CommandFailure() }
    }
}
