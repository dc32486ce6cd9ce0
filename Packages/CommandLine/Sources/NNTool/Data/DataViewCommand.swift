import ArgumentParser
import Foundation
import NNDatasets
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

/// A picture of samples as the network sees them, before normalization.
struct SampleSheet {
    private(set) var samples: [Sample] = []
    private let dataset: any Dataset

    /// The pixels of the longer side of each sample.
    private static let side = 176

    /// - Throws: What stops a sample from being read or transformed; with `on_error: skip` such are left out.
    init(_ experiment: Experiment, _ split: Split, count: Int) throws {
        dataset = try experiment.dataset(split)
        let loader = try split == .train ? experiment.makeTrainingLoader() : experiment.makeLoader(split)
        for index in Self.indices(loader.order(epoch: 0), split, count: count) where samples.count < count {
            do {
                samples.append(try loader.sample(at: index, epoch: 0))
            } catch  where experiment.config.data.onError == .skip {
                continue
            }
        }
    }

    /// The order of training as it is; of others, which are not shuffled, some from everywhere.
    private static func indices(_ order: [Int], _ split: Split, count: Int) -> [Int] {
        if split == .train || order.count <= count { return order }
        return (0..<count).map { order[$0 * order.count / count] }
    }

    func draw() -> Image {
        var sheet = ContactSheet(entries: samples.map(entry))
        sheet.side = Self.side
        sheet.legend = legend
        return sheet.draw()
    }

    private func entry(_ sample: Sample) -> ContactSheet.Entry {
        switch sample.target {
        case .label(let label):
            let name = dataset.classNames.indices.contains(label) ? dataset.classNames[label] : "label \(label)"
            return ContactSheet.Entry(image: sample.image, captions: [name])
        case .mask(let mask):
            let name = sample.name.split(separator: "/").last.map(String.init) ?? sample.name
            // A mask of another size is an error of the data, and is shown alone.
            let picture =
                mask.size == sample.image.size
                ? sample.image.overlaid(mask.colored(dataset.classColors), opacity: 0.6)
                : mask.colored(dataset.classColors)
            return ContactSheet.Entry(image: picture, captions: [name])
        }
    }

    /// The classes that occur.
    private var legend: [(name: String, color: Color)] {
        var labels: Set<UInt8> = []
        for case .mask(let mask) in samples.map(\.target) { labels.formUnion(mask.pixels) }
        let (names, colors) = (dataset.classNames, dataset.classColors)
        let classes = names.indices.filter {
            labels.contains(UInt8(truncatingIfNeeded: $0)) && colors.indices.contains($0)
        }
        let others = labels.contains { !names.indices.contains(Int($0)) }
        return classes.map { (names[$0], colors[$0]) } + (others ? [("ignored", Color.ignored)] : [])
    }
}
