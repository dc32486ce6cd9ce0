import ArgumentParser
import Foundation
import NNDatasets
import NNLayers
import NNPlotting
@_spi(Internal) import NNTraining

struct DataViewCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "view", abstract: "Draws samples as the network sees them, after all transforms.",
        discussion: """
            Training samples are the first of epoch 1; --seed draws others. Masks are drawn over their image in the \
            colors of the classes. With --each the first sample is drawn as it is, and as each transform by itself \
            leaves it, beside its mask.
            """)

    @Argument(help: "The configuration file, or a run folder.")
    var config: String

    @OptionGroup var options: ConfigOptions

    @Option(help: "The split to draw from.")
    var split = Split.train

    @Option(help: "The number of samples to draw; with --each, of results of each transform. (default: 24, or 1)")
    var count: Int?

    @Flag(help: "Draw what each transform of the split does by itself.")
    var each = false

    @Option(help: ArgumentHelp("The PNG file to write.", valueName: "file"))
    var output: String

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count must be 1 or more, not \(count)") }
    }

    func run(_ tool: Tool) throws {
        let file = try OutputFile(URL(fileURLWithPath: output), notOver: [URL(fileURLWithPath: config)]).url
        let experiment = try Experiment(options.load(config, registry: tool.registry), registry: tool.registry)
        if PathKind(of: config) == .folder {
            let run = try RunDirectory(existing: URL(fileURLWithPath: config))
            if run.has(.best) {
                try options.open(run, registry: tool.registry).check(experiment, split: split, for: .view, tool.console)
            }
        }
        let (image, drawn) = try draw(experiment, tool.registry)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try image.writePNG(to: file)
        tool.console.print("\(drawn) in \(output), \(image.width)x\(image.height) pixels")
    }

    /// The sheet, and what it has.
    private func draw(_ experiment: Experiment, _ registry: Registry) throws -> (Image, String) {
        guard each else {
            let sheet = try SampleSheet(experiment, split, count: count ?? 24)
            return (sheet.draw(), "\(sheet.samples.count) samples")
        }
        let sheet = try TransformSheet(experiment, split, count: count ?? 1, registry)
        return (sheet.draw(), "\(sheet.transformCount) transforms of one sample")
    }
}

/// An image of samples as the network sees them, before normalization.
struct SampleSheet {
    private(set) var samples: [Sample] = []
    private let dataset: any Dataset

    /// The longer side of each sample in pixels.
    private static let side = 176

    /// - Throws: The error of reading or transforming a sample; with `on_error: skip` such samples are left out.
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

    /// Training samples in their order; of other splits, which are not shuffled, evenly spaced samples.
    private static func indices(_ order: [Int], _ split: Split, count: Int) -> [Int] {
        if split == .train || order.count <= count { return order }
        return (0..<count).map { order[$0 * order.count / count] }
    }

    /// The samples side by side, with captions and a legend.
    func draw() -> Image {
        var sheet = ContactSheet(entries: samples.map(entry))
        sheet.side = Self.side
        sheet.legend = legend
        return sheet.draw()
    }

    private func entry(_ sample: Sample) -> ContactSheet.Entry {
        switch sample.target {
        case .label, .values:
            let text = sample.target.text(names: dataset.classNames, kind: dataset.labelKind)
            return ContactSheet.Entry(image: view(sample), captions: [text])
        case .mask(let mask):
            let name = sample.name.split(separator: "/").last.map(String.init) ?? sample.name
            // A mask of another size is an error in the data, and is shown alone.
            let image =
                mask.size == sample.image.size
                ? view(sample).overlaid(mask.colored(dataset.classColors), opacity: 0.6)
                : mask.colored(dataset.classColors)
            return ContactSheet.Entry(image: image, captions: [name])
        }
    }

    private func view(_ sample: Sample) -> Image { dataset.imageReader.view(of: sample.image) }

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

/// An image of one sample, as it is and after each transform alone.
struct TransformSheet {
    private var results: [(name: String, sample: Sample)] = []
    let transformCount: Int
    private let dataset: any Dataset

    /// - Parameter count: The number of results of each transform.
    /// - Throws: `ConfigError` for wrong transforms; the error of reading or transforming the sample.
    init(_ experiment: Experiment, _ split: Split, count: Int, _ registry: Registry) throws {
        let config = experiment.config
        dataset = try experiment.dataset(split)
        let components = split == .train ? config.data.trainTransforms : config.data.validationTransforms
        let environment = TransformEnvironment(task: experiment.source.task, ignoreIndex: dataset.ignoreIndex)
        transformCount = components.count
        let sample = try dataset.sample(at: 0)
        results.append(("original", sample))
        for (number, component) in components.enumerated() {
            let transform = try registry.build(.transform, component, environment)
            for draw in 0..<count {
                var random = RandomGenerator(key: RandomKey(seed: config.seed).derived(number).derived(draw))
                results.append((component.name ?? "", try transform(sample, random: &random)))
            }
        }
    }

    /// The results side by side, each with its mask on the right.
    func draw() -> Image {
        var sheet = ContactSheet(
            entries: results.flatMap { name, sample in
                let shown = dataset.imageReader.view(of: sample.image)
                let image = ContactSheet.Entry(image: shown, captions: [name])
                guard case .mask(let mask) = sample.target else { return [image] }
                return [image, ContactSheet.Entry(image: mask.colored(dataset.classColors), captions: [])]
            })
        sheet.columns = 8
        return sheet.draw()
    }
}
