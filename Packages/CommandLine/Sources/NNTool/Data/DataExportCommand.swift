import ArgumentParser
import Foundation
import NNDatasets
@_spi(Internal) import NNInference
import NNLayers
import NNTraining

struct DataExportCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes samples as PNG files, before any transform.",
        discussion: """
            Images of other than 1, 3 or 4 channels of 8 bits are written as they are viewed, by view_channels. Files are \
            named by index and class, such as 000007-circle.png. Images with several labels or numbers are \
            listed in labels.csv, which the data set 'table' reads.
            """)

    @Argument(help: "The configuration file.")
    var config: String

    @OptionGroup var options: ConfigOptions

    @Option(help: "The split to export from.")
    var split = Split.train

    @Option(help: "The number of samples to export, evenly spaced over the split.")
    var count = 16

    @Option(help: ArgumentHelp("The folder for the files.", valueName: "dir"))
    var output: String

    func validate() throws {
        if count < 1 { throw ValidationError("--count must be 1 or more, not \(count)") }
    }

    func run(_ tool: Tool) throws {
        let dataset = try Experiment(options.load(config, registry: tool.registry), registry: tool.registry).dataset(
            split)
        let folder = URL(fileURLWithPath: output)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let count = min(count, dataset.count)
        var rows: [[String]] = []
        for number in 0..<count {
            let index = number * dataset.count / count
            let sample = try dataset.sample(at: index)
            let name = String(format: "%06d", index)
            let image = sample.image.forPNG(dataset.imageReader)
            switch sample.target {
            case .label(let label):
                // A class name may contain a slash, a file name cannot.
                let className = dataset.classNames[label].replacing("/", with: "-")
                try image.writePNG(to: folder.appending(path: "\(name)-\(className).png"))
            case .mask(let mask):
                try image.writePNG(to: folder.appending(path: "\(name).png"))
                try mask.writePNG(to: folder.appending(path: "\(name)-mask.png"))
            case .values(let values):
                try image.writePNG(to: folder.appending(path: "\(name).png"))
                let cells = values.floats.map { value in
                    value.isNaN ? "" : dataset.labelKind == .flags ? "\(Int(value))" : "\(value)"
                }
                rows.append(["\(name).png"] + cells)
            }
        }
        if !rows.isEmpty {
            let text = CSV.text(columns: ["image"] + dataset.classNames, rows: rows) + "\n"
            try AtomicFile.write(Data(text.utf8), to: folder.appending(path: "labels.csv"))
        }
        tool.console.print("\(count) samples in \(output)")
    }
}

extension Image {
    /// The image, or what is viewed of one that a PNG file is not written of.
    fileprivate func forPNG(_ reader: ImageReader) -> Image {
        floats == nil && [1, 3, 4].contains(channels) ? self : view(channels: reader.viewChannels)
    }
}
