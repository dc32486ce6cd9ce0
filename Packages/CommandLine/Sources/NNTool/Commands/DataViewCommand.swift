import ArgumentParser
import NNDatasets
import Foundation
import NNLayers
import NNTraining

struct DataViewCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "view", abstract: "Draws samples as training sees them, after all transforms.",
        discussion: """
            Training samples are those that the first epoch begins with; --seed draws others. Masks are laid over \
            their picture in the colours of the classes.
            """)

    @Argument(help: "The configuration file.")
    var config: String

    @OptionGroup var options: ConfigOptions

    @Option(help: "Which samples to draw.")
    var split = Split.train

    @Option(help: "How many samples to draw.")
    var count = 24

    @Option(help: ArgumentHelp("The PNG file.", valueName: "file"))
    var output: String

    func validate() throws {
        if count < 1 { throw ValidationError("--count must be 1 or more, not \(count)") }
    }

    func run(_ tool: Tool) throws {
        let file = try OutputFile(URL(fileURLWithPath: output), notOver: [URL(fileURLWithPath: config)]).url
        let experiment = try Experiment(options.load(config, registry: tool.registry), registry: tool.registry)
        let sheet = try SampleSheet(experiment, split, count: count)
        let picture = sheet.draw()
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try picture.writePNG(to: file)
        tool.console.print("\(sheet.samples.count) samples in \(output), \(picture.width)x\(picture.height) pixels")
    }
}
