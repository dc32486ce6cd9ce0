import ArgumentParser
import Foundation
import NNDatasets
@_spi(Text) import NNLayers
import NNTraining
import Synchronization

struct DataShardCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "shard", abstract: "Writes the images and labels of a data set as tar files: shards.",
        discussion: """
            Written are SPLIT-000000.tar and so on, in the layout of WebDataset: KEY.jpg with KEY.cls, the index of \
            its class, or with its mask, KEY.png or KEY.mask.png. Files keep their bytes; generated images become PNG, \
            and masks in colours become class indices. Beside each shard is its index, SPLIT-000000.tar.index, and \
            classes.txt names the classes. The data set 'shards' reads all of it, with memory that does not grow with \
            the images. All files appear when the last one is complete.
            """)

    @Argument(help: "The configuration file.")
    var config: String

    @OptionGroup var options: ConfigOptions

    @Option(help: ArgumentHelp("The folder for the shards.", valueName: "dir"))
    var output: String

    @Option(help: "The number of samples in a shard. (default: 10000)")
    var samplesPerShard: Int?

    @Option(
        help: ArgumentHelp("The largest size of a shard instead, such as 500MB or 1GB.", valueName: "size"),
        transform: Self.byteCount)
    var shardSize: Int?

    @Option(
        help: ArgumentHelp(
            "The splits to write, such as train,validation. (default: all that there are)", valueName: "splits"),
        transform: Self.splits)
    var splits: [Split]?

    @Flag(inversion: .prefixedNo, help: "Shuffle the samples by the seed, so that each shard has all classes.")
    var shuffle = true

    @Flag(help: "Replace shards of the same splits in the folder.")
    var overwrite = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if let samplesPerShard, samplesPerShard < 1 {
            throw ValidationError("--samples-per-shard must be 1 or more, not \(samplesPerShard)")
        }
        if samplesPerShard != nil, shardSize != nil {
            throw ValidationError("--samples-per-shard and --shard-size exclude each other")
        }
    }

    func run(_ tool: Tool) throws {
        let config = try options.load(config, registry: tool.registry)
        let source = try Experiment(config, registry: tool.registry).source
        var datasets: [Split: any Dataset] = [:]
        for split in splits ?? Split.allCases {
            do {
                datasets[split] = try source.dataset(split)
            } catch let error as DatasetError where splits == nil && split != .train {
                tool.console.report("note: there is no split '\(split.rawValue)': \(error.place): \(error.reason)")
            }
        }
        var export = ShardExport()
        export.limit = shardSize.map { .bytes($0) } ?? .samples(samplesPerShard ?? 10_000)
        export.shuffles = shuffle
        export.seed = config.seed
        export.overwrites = overwrite
        export.brokenSamples = config.data.onError
        let cancelled = Atomic(false)
        let watch = InterruptWatch { cancelled.store(true, ordering: .relaxed) }
        defer { watch.cancel() }
        let progress = ScanProgress("shard", console: tool.console)
        do {
            let report: ShardReport
            do {
                defer { tool.console.clearStatus() }
                report = try export.write(
                    datasets, to: URL(fileURLWithPath: output), isCancelled: { cancelled.load(ordering: .relaxed) },
                    progress: { progress.show($0.rawValue, done: $1, total: $2) })
            }
            tool.console.report(unreadBy: Split.allCases.compactMap { datasets[$0] })
            for problem in report.problems { tool.console.report("warning: left out: \(problem)") }
            if json {
                try tool.console.print(json: report)
            } else {
                tool.console.print(report.text(output, source.imageReader))
            }
        } catch is CancellationError {
            throw CommandFailure(message: "interrupted; nothing was written", exitCode: InterruptWatch.exitCode)
        }
    }

    /// A number of bytes with a unit of 1000 or 1024: `1GB`, `512MiB`.
    private static func byteCount(_ text: String) throws -> Int {
        let units = ["kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": 0x1p10, "mib": 0x1p20, "gib": 0x1p30]
        let number = text.prefix { $0.isNumber || $0 == "." }
        let unit = text.dropFirst(number.count).trimmingCharacters(in: .whitespaces).lowercased()
        guard let value = Double(number), let factor = units[unit], 1...1e12 ~= value * factor else {
            throw ValidationError("'\(text)' is no size; write one such as 500MB or 1GB")
        }
        return Int(value * factor)
    }

    /// Names of splits between commas.
    private static func splits(_ text: String) throws -> [Split] {
        try text.split(separator: ",").map { name in
            let name = name.trimmingCharacters(in: .whitespaces)
            guard let split = Split(rawValue: name) else {
                throw ValidationError("'\(name)' is no split; they are train, validation and test")
            }
            return split
        }
    }
}

extension ShardReport {
    /// The report for people, with the data set for a configuration.
    func text(_ output: String, _ reader: ImageReader) -> String {
        var lines = splits.map { split in
            let bytes = split.shards.reduce(0) { $0 + $1.bytes }
            let files = split.shards.count == 1 ? "shard" : "shards"
            return
                "\(split.split.rawValue): \(split.samples.grouped) samples in \(split.shards.count.grouped) \(files), "
                + "\((Double(bytes) / 1e6).fixed(1)) MB"
        }
        if !problems.isEmpty { lines.append("\(problems.count.grouped) samples that cannot be read were left out") }
        let path = output.contains(where: { " #:".contains($0) }) ? "\"\(output)\"" : output
        var entries = ["type: shards", "path: \(path)"]
        if hasMasks, ignoreIndex != 255 { entries.append("ignore_index: \(ignoreIndex.map(String.init) ?? "null")") }
        if reader.channels != 3 { entries.append("channels: \(reader.channels)") }
        if let bits = reader.bits { entries.append("bits: \(bits)") }
        if reader.orientation != .apply { entries.append("orientation: \(reader.orientation.rawValue)") }
        if let shown = reader.viewChannels { entries.append("view_channels: \(shown)") }
        lines.append("dataset: {\(entries.joined(separator: ", "))}")
        return lines.joined(separator: "\n")
    }
}
